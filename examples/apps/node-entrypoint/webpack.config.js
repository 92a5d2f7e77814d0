module.exports = { entry: "./client/index.js", output: { path: __dirname + "/public/js", filename: "bundle.js" } };
