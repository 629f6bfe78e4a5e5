"""Pictures without labels, from any folder."""

from sympie_seg.datasets.unlabelled.dataset import UnlabelledImages
from sympie_seg.datasets.unlabelled.listing import Listing, list_pictures
from sympie_seg.datasets.unlabelled.parts import SPLIT_BY, Split, split_pictures

__all__ = [
    "SPLIT_BY",
    "Listing",
    "Split",
    "UnlabelledImages",
    "list_pictures",
    "split_pictures",
]
