/** A TCP proxy before a server, which can be shut, and which can lose an answer on its way. */
import { connect, createServer } from "node:net";
import { once } from "node:events";

export class Gate {
    #sockets = new Set();
    #open = true;
    #losing = 0;
    /** Of which requests. */
    #method = "";

    /** @param {string} target a URL @returns {Promise<Gate>} listening at `url` */
    static async before(target) {
        const gate = new Gate();
        const { hostname, port } = new URL(target);
        gate.server = createServer((client) => gate.#connected(client, { host: hostname, port: Number(port || 80) }));
        gate.server.listen(0, "127.0.0.1");
        await once(gate.server, "listening");
        gate.url = `http://127.0.0.1:${gate.server.address().port}`;
        return gate;
    }

    /** Breaks every connection, and refuses new ones. */
    shut() {
        this.#open = false;
        this.breakAll();
    }

    open() {
        this.#open = true;
    }

    breakAll() {
        for (const socket of this.#sockets) socket.destroy();
    }

    /** Of the next so many requests, or of those by one method, the service gets all, and their answers are lost. */
    loseAnswers(count, method = "") {
        this.#losing = count;
        this.#method = method;
        this.breakAll();
    }

    async close() {
        this.shut();
        this.server.close();
        await once(this.server, "close");
    }

    #connected(client, target) {
        if (!this.#open) return client.destroy();
        const server = connect(target);
        for (const socket of [client, server]) {
            this.#sockets.add(socket);
            socket.on("close", () => {
                this.#sockets.delete(socket);
                client.destroy();
                server.destroy();
            });
            socket.on("error", () => undefined);
        }
        let asked = "";
        client.on("data", (data) => { asked = data.toString("latin1", 0, 8).match(/^[A-Z]+(?= )/)?.[0] ?? asked; });
        client.pipe(server);
        server.on("data", (data) => {
            if (this.#losing > 0 && asked.startsWith(this.#method)) {
                this.#losing -= 1;
                client.destroy();
            } else {
                client.write(data);
            }
        });
    }
}
