# neither what was printed nor what is to be said of that can be written
import resource

resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
print(42)
