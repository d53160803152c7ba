package dev.multipath.quic;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.quic.QuicChannel;
import java.util.concurrent.TimeUnit;

/** Ends of QUIC connections that no subflow would make: a network's, or an attacker's. */
public enum Cuts {
    /** CONNECTION_CLOSE without any error, which is not one of ours. */
    CLOSE {
        @Override
        void make(QuicChannel connection) {
            connection.close(false, 0, Unpooled.EMPTY_BUFFER);
        }
    },
    /** What a peer says whose quiche has miscounted (netty/netty#17377): long transfers over lossy paths end so. */
    FLOW_CONTROL_ERROR {
        @Override
        void make(QuicChannel connection) {
            connection.close(false, 3, Unpooled.EMPTY_BUFFER);
        }
    },
    /** The word for an end in order, and no FIN before it. */
    FINISHED_WITHOUT_FIN {
        @Override
        void make(QuicChannel connection) {
            connection.close(true, 7, Unpooled.EMPTY_BUFFER);
        }
    },
    /** An error of the application's. */
    CODE {
        @Override
        void make(QuicChannel connection) {
            connection.close(true, 300, Unpooled.EMPTY_BUFFER);
        }
    },
    /** The UDP socket, with all that is on it: nobody says anything. */
    SILENCE {
        @Override
        void make(QuicChannel connection) {
            connection.parent().close();
        }
    };

    abstract void make(QuicChannel connection);

    /** Less room in the congestion window than for a packet, and quiche never sends a close: the peer would see {@link #SILENCE}. */
    private static final int FULL_PACKET_BYTES = 1500;

    /** At this end of a subflow that has its stream, as soon as it can be told. Any thread. */
    public void cut(Channel subflow) {
        subflow.eventLoop().execute(() -> {
            if (this == SILENCE
                    || roomBytes(subflow) >= FULL_PACKET_BYTES
                    || !connection(subflow).isActive()) {
                make(connection(subflow));
            } else {
                subflow.eventLoop().schedule(() -> cut(subflow), 1, TimeUnit.MILLISECONDS);
            }
        });
    }

    /** What a subflow may write now. On its event loop. */
    public static long roomBytes(Channel subflow) {
        return ((QuicSubflowChannel) subflow).connection().roomBytes();
    }

    /** The QUIC channel beneath a subflow. */
    public static QuicChannel connection(Channel subflow) {
        return ((QuicSubflowChannel) subflow).connection().channel();
    }

    /** Whether a subflow is one of QUIC. */
    public static boolean isQuic(Channel subflow) {
        return subflow instanceof QuicSubflowChannel;
    }
}
