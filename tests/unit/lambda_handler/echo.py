"""A WSGI app that tells what it was asked, and answers in every way that an adapter can get wrong."""

from __future__ import annotations

import gzip

from flask import Flask, Response, jsonify, make_response, request, url_for

BINARY = bytes(range(256))
app = Flask(__name__)


@app.route("/echo", defaults={"path": ""}, methods=["GET", "POST", "PUT", "DELETE"])
@app.route("/echo/<path:path>", methods=["GET", "POST", "PUT", "DELETE"])
def echo(path: str):
    return jsonify(
        path=path,
        method=request.method,
        query={name: request.args.getlist(name) for name in request.args},
        cookies=request.cookies,
        body=list(request.get_data()),
        length=request.content_length,
        client=request.remote_addr,
        host=request.host,
        scheme=request.scheme,
        kind=request.content_type,
        seen=request.headers.get("X-Seen"),
    )


@app.get("/cookies")
def cookies():
    response = make_response("ok")
    for name in "abc":
        response.set_cookie(name, "1")
    return response


@app.get("/binary")
def binary():
    return Response(BINARY, mimetype="application/octet-stream")


@app.get("/image")
def image():
    return Response(BINARY, mimetype="image/png")


@app.get("/gzip")
def zipped():
    return Response(gzip.compress(b"small"), mimetype="text/plain", headers={"Content-Encoding": "gzip"})


@app.get("/latin")
def latin():
    return Response("café".encode("latin-1"), content_type="text/plain; charset=latin-1")


@app.get("/text")
def text():
    return Response("héllo ☃", mimetype="text/plain")


@app.get("/problem")
def problem():
    return Response('{"title": "no"}', status=400, mimetype="application/problem+json")


@app.delete("/nothing")
def nothing():
    return "", 204


@app.get("/vary")
def vary():
    response = make_response("ok")
    response.headers.add("Vary", "Accept")
    response.headers.add("Vary", "Origin")
    return response


@app.get("/link")
def link():
    return url_for("text", _external=True)


@app.get("/large")
def large():
    return Response("x" * 7_000_000, mimetype="text/plain")
