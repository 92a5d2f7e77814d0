import fastsum
from flask import Flask

application = Flask(__name__)


@application.get("/")
def index():
    return f"{fastsum.upto(10)}\n"
