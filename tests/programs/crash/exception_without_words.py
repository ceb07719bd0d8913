class Wordless(BaseException):
    def __str__(self):
        raise Wordless

    __repr__ = __str__


raise Wordless
