"""What lapses soon, told to whoever can act, once and in one message a day.

``kinds`` says how each kind is told, ``lapsing`` and ``waiting`` find what is due, ``drafting``
works out who is told of what on a day: ``planning`` writes that down, ``forecast`` only shows it.
``service`` sends at most once; ``centre`` keeps what was told, ``returns`` learns from what came
back.
"""
