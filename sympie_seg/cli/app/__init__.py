"""``sympie-seg app``: a page that shows, on pictures of one's own, what the enhancers do.

==============  ==================================================================================
file            what
==============  ==================================================================================
``command``     the options, the address, the run
``enhancers``   the enhancers that the page offers
``prediction``  the frozen network behind them, where one is given
``settings``    what the visitor asked for, checked
``enhancing``   picture and settings in, result out: plain functions, no web
``answers``     the result as JSON with pictures
``server``      the routes, and the limits on what is uploaded
``page``        HTML, CSS and JavaScript; they name no other host
==============  ==================================================================================
"""
