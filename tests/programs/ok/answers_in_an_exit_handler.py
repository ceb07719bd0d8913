import atexit

number = int(input())
atexit.register(print, 2 * number)
