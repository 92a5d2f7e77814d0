// Stands in for the package string-width in the bundle: the width of a text without wide characters.
export default function stringWidth(text) {
  // eslint-disable-next-line no-control-regex -- colours are control sequences
  return text.replace(/\u001b\[[0-9;]*m/g, '').length;
}
