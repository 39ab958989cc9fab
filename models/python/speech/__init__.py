"""The speech network of the model `puppet`: 16 kHz speech in, eight mouth parameters per 40 ms video frame out.

Run the modules from `models/python`, e.g. `python -m speech.export`. README.md tells the order.
"""
