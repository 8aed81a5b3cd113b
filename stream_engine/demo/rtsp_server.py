"""GStreamer's RTSP server, run by the system's Python: PORT LAUNCH [USER:PASSWORD] [PEM]."""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib, Gst, GstRtspServer  # noqa: E402

ROLE = "viewer"


def main(port: str, launch: str, login: str = "", pem: str = "") -> None:
    """Serve a pipeline at /live on loopback until killed."""
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(launch)
    factory.set_shared(True)
    auth = GstRtspServer.RTSPAuth()
    if pem:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(pem))
    if login or pem:
        role = GstRtspServer.RTSPToken()
        role.set_string("media.factory.role", ROLE)
        if login:
            auth.add_basic(GstRtspServer.RTSPAuth.make_basic(*login.split(":", 1)), role)
        allow = Gst.Structure.new_from_string(
            f"{ROLE}, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"
        )
        factory.add_role_from_structure(allow)
        if not login:
            auth.set_default_token(role)
        server.set_auth(auth)
    server.get_mount_points().add_factory("/live", factory)
    server.attach(None)
    print("ready", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(*sys.argv[1:])
