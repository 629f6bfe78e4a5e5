# The 15 corruptions of ImageNet-C, and the rows of their grid in its order.
imagenet_c = [
    'gaussian_noise', 'shot_noise', 'impulse_noise', 'defocus_blur', 'glass_blur', 'motion_blur', 'zoom_blur', 'snow',
    'frost', 'fog', 'brightness', 'contrast', 'elastic_transform', 'pixelate', 'jpeg_compression',
]
imagenet_c_rows = ['clean', *[name + '-' + str(severity) for name in imagenet_c for severity in (1, 2, 3, 4, 5)]]
