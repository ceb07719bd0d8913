def double(n):
    return bytearray(1 << 40)
