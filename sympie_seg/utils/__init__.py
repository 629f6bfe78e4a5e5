"""What every part needs and no part owns: files, pictures, videos, folders."""
