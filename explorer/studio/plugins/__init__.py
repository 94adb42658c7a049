"""Plug-ins: parts that other packages bring by entry points, off until the user switches them on.

`installed` lists what packages say of themselves, and imports none of it; `switches` keeps what is switched on;
`loading` imports that and registers it; `parts` says what each kind of part has to be.
"""
