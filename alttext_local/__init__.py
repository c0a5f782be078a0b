"""Alternative text for images, made where the images are.

Libraries read their switches once, when they are first imported, so they are set here, before any module of the
package can import them: nothing of ours ever asks a hub.
"""

from alttext_local.offline import switch_off

switch_off()

__version__ = "0.1.0"
