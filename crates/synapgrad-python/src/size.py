"""The class of shapes."""


class Size(tuple):
    """The sizes of a tensor's dimensions: a tuple of ints.

    >>> import synapgrad as sg
    >>> sg.zeros(2, 3).shape
    synapgrad.Size([2, 3])
    """

    __slots__ = ()

    def __new__(cls, sizes=()):
        self = tuple.__new__(cls, sizes)
        for place, size in enumerate(self):
            if type(size) is not int and not hasattr(size, "__index__"):
                kind = type(size).__name__
                raise TypeError(f"Size() takes an iterable of 'int' (item {place} is '{kind}')")
        return self

    def numel(self):
        """The product of the sizes: the number of elements."""
        count = 1
        for size in self:
            count *= size
        return count

    def __repr__(self):
        return f"synapgrad.Size({list(self)})"

    def __add__(self, other):
        return Size(tuple.__add__(self, other))

    def __radd__(self, other):
        return Size(tuple.__add__(tuple(other), self))

    def __mul__(self, times):
        return Size(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __getitem__(self, index):
        item = tuple.__getitem__(self, index)
        return Size(item) if isinstance(index, slice) else item

    def __reduce__(self):
        return Size, (tuple(self),)


Size.__module__ = "synapgrad"
