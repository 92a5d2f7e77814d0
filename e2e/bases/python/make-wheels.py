"""Packs modules that Debian has installed as wheels: make-wheels.py FROM TO."""
import base64
import hashlib
import os
import sys
import zipfile

FROM, TO = sys.argv[1:]

# name: (module, version, what it needs, what it registers)
PACKAGES = {
    "Flask": ("flask", "2.2.2", ["Werkzeug>=2.2.2", "Jinja2>=3.0", "itsdangerous>=2.0", "click>=8.0"], "[console_scripts]\nflask = flask.cli:main"),
    "Werkzeug": ("werkzeug", "2.2.2", ["MarkupSafe>=2.1.1"], None),
    "Jinja2": ("jinja2", "3.1.2", ["MarkupSafe>=2.0"], None),
    "MarkupSafe": ("markupsafe", "2.1.2", [], None),
    "click": ("click", "8.1.3", [], None),
    "itsdangerous": ("itsdangerous", "2.1.2", [], None),
    "wheel": ("wheel", "0.38.4", [], "[distutils.commands]\nbdist_wheel = wheel.bdist_wheel:bdist_wheel"),
    "gunicorn": ("gunicorn", "20.1.0", ["setuptools>=3.0"], "[console_scripts]\ngunicorn = gunicorn.app.wsgiapp:run"),
}


def digest(content):
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


for name, (module, version, needs, entry) in PACKAGES.items():
    files = {}
    for folder, _, names in os.walk(os.path.join(FROM, module)):
        for file in names:
            path = os.path.join(folder, file)
            # Without the compiled parts: each of these modules has a version in Python, too.
            if "__pycache__" in path or file.endswith(".so") or os.path.islink(path):
                continue
            with open(path, "rb") as opened:
                files[os.path.relpath(path, FROM)] = opened.read()
    info = f"{name}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", *(f"Requires-Dist: {need}\n" for need in needs)]
    files[f"{info}/METADATA"] = "".join(metadata).encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: dfix\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if entry is not None:
        files[f"{info}/entry_points.txt"] = f"{entry}\n".encode()
    record = "".join(f"{path},sha256={digest(content)},{len(content)}\n" for path, content in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    with zipfile.ZipFile(os.path.join(TO, f"{name}-{version}-py3-none-any.whl"), "w") as wheel:
        for path, content in files.items():
            wheel.writestr(path, content)
