import threading

threading.Thread(target=threading.Event().wait).start()
print(42, flush=True)
