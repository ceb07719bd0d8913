__import__("time").sleep(1000)
