"""Requests by an endpoint's batch API: at half the price, and hours later.

model.py    the seam: a model that answers so     lane.py     gathers requests and sends them off as batches
watch.py    waits for the end of one batch        results.py  hands over what it gave
records.py  what is known of batches across runs  lines.py    the lines of their files
api.py      the calls over HTTP
"""
