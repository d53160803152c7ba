package dev.multipath.transport.websocket;

import java.io.IOException;

/** A WebSocket ended without the peer's Close of status 1000: the network, or somebody on it, has cut it off. */
public final class WebSocketTruncatedException extends IOException {

    WebSocketTruncatedException(String message) {
        super(message);
    }
}
