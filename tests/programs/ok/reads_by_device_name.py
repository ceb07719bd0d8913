print(2 * int(open("/dev/stdin").read()))
