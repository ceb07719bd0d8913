class Last:
    def __init__(self, text):
        self.text = text

    def __del__(self, write=__import__("os").write):
        write(1, self.text.encode())


last = Last(f"{2 * int(input())}\n")
