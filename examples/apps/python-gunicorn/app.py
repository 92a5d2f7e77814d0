import subprocess
from flask import Flask
app = Flask(__name__)
@app.get("/")
def i(): return "pure\n"
