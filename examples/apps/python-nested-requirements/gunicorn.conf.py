bind = "0.0.0.0:8124"
workers = 2
