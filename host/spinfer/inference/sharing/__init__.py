"""Models in one process, asked by others: the process that has them answers over a socket to each of those.

Make a pair of connected stream sockets for each of the others before it is forked. One process keeps one
end, the other the other, and nobody keeps a third: whoever has a copy of an end, as a later fork has, keeps
the other side from noticing that the process which had it is gone.
"""
