"""The kinds of channels: one module each, with KIND (what it is) and `send` (tell it an alert).

A group has no `send`: the channels in it are told.
"""
