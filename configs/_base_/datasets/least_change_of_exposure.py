# Four of ten images get a random exposure, and the clean image gets the exposure nearest to the image's that networks accept
# (docs/corruptions.md): dark and bright pictures that are clear stay as they are.
exposure = dict(type='RandomExposure', keep_clean=True)
nearest_exposure = dict(type='NearestExposure')
