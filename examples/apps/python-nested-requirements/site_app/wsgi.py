import psycopg2
from flask import Flask
application = Flask(__name__)
@application.get("/")
def index():
    return psycopg2.__name__
