"""A page that shows, on pictures of one's own or of the camera, what the enhancers do (docs/app.md).

==============  ==================================================================================
file            what
==============  ==================================================================================
``options``     what is asked for, checked
``run``         all of it: take the port, load, serve
``listening``   the address and the port
``enhancers``   the enhancers that the page offers
``prediction``  the frozen network behind them, where one is given
``settings``    what the visitor asked for, checked
``enhancing``   picture and settings in, result out: plain functions, no web
``answers``     the result as JSON with pictures
``server``      the routes, and the limits on what is uploaded
``page``        HTML, CSS and JavaScript; they name no other host
==============  ==================================================================================
"""
