# A third of the images get the histograms of a photograph that is no test's and not held out, before they are corrupted.
looks = dict(
    type='RandomHistogramMatching', data_root='data/photos', exclude=['n*[789]'],
    split=dict(part='train', holdout=0.07, by='file'), prob=0.35, blend=(0.3, 1.0), keep_clean=True)  # yapf: disable
