"""An RTSP server for tests, run by the system's Python: CLIP PORT [USER:PASSWORD] [PEM]."""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib, Gst, GstRtspServer  # noqa: E402

ROLE = "viewer"


class Loop(GstRtspServer.RTSPMediaFactory):
    """The clip for ever: GStreamer's own file source ends, a segment seek does not."""

    def __init__(self, clip: str) -> None:
        super().__init__()
        self.clip = clip

    def do_create_element(self, _url: object) -> object:
        """Parameter sets are repeated with each key frame, as cameras do."""
        return Gst.parse_launch(
            f"( multifilesrc location={self.clip} loop=true ! tsparse set-timestamps=true ! tsdemux !"
            " h264parse config-interval=-1 ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
        )


def main(clip: str, port: str, login: str = "", pem: str = "") -> None:
    """Serve until killed."""
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_service(port)
    factory = Loop(clip)
    factory.set_shared(True)
    auth = GstRtspServer.RTSPAuth() if login or pem else None
    if pem:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(pem))
    if login:
        role = GstRtspServer.RTSPToken()
        role.set_string("media.factory.role", ROLE)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(*login.split(":", 1)), role)
        allow = Gst.Structure.new_from_string(
            f"{ROLE}, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"
        )
        factory.add_role_from_structure(allow)
    if auth:
        server.set_auth(auth)
    server.get_mount_points().add_factory("/live", factory)
    server.attach(None)
    print("ready", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(*sys.argv[1:])
