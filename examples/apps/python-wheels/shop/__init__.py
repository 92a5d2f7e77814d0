import fastsum, psycopg2, shutil, os
from flask import Flask, render_template
app = Flask(__name__)
@app.get("/")
def index():
    return render_template("index.html", n=fastsum.upto(100), pq=psycopg2.libpq_version(), gcc=shutil.which("gcc"), uid=os.getuid())
