// Finds the server of a connection by the preface that it begins with: 00 and the session's name, 16 bytes. nginx-stream.conf uses it.

// Bytes of server id, in clear.
const ID_BYTES = 2;
const PREFACE_BYTES = 17;

let id = '';

function readPreface(session) {
    let seen = Buffer.alloc(0);
    session.on('upstream', (data) => {
        seen = Buffer.concat([seen, data]);
        if (seen.length < PREFACE_BYTES) {
            return;
        }
        const name = seen.slice(1, PREFACE_BYTES).toString('hex');
        // A name of zeros asks for a new session, which may go anywhere.
        id = /^0+$/.test(name) ? 'new' : name.slice(0, 2 * ID_BYTES);
        session.off('upstream');
        session.done();
    });
}

function serverId() {
    return id;
}

export default {readPreface, serverId};
