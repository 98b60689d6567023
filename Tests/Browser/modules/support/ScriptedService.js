/** A server that answers each request with the next of a list, and writes down what it was asked. */
import { createServer } from "node:http";
import { once } from "node:events";

export class ScriptedService {
    requests = [];
    answers = [];

    static async start() {
        const service = new ScriptedService();
        service.server = createServer((request, response) => service.#serve(request, response));
        service.server.listen(0, "127.0.0.1");
        await once(service.server, "listening");
        service.url = `http://127.0.0.1:${service.server.address().port}`;
        return service;
    }

    /** @param {...({status?: number, body?: unknown, headers?: object, type?: string} | "break" | "silence")} answers */
    reply(...answers) {
        this.answers.push(...answers);
        return this;
    }

    async close() {
        this.server.closeAllConnections();
        this.server.close();
        await once(this.server, "close");
    }

    async #serve(request, response) {
        let body = "";
        for await (const piece of request) body += piece;
        this.requests.push({ method: request.method, url: request.url, headers: request.headers, body });
        const answer = this.answers.shift() ?? { status: 500, body: { title: "Not in the script" } };
        if (answer === "silence") return;
        if (answer === "break") return request.socket.destroy();
        const { status = 200, headers = {}, body: value = {}, type } = answer;
        const text = typeof value === "string" ? value : JSON.stringify(value);
        response.writeHead(status, { "Content-Type": type ?? (status < 400 ? "application/json" : "application/problem+json"), ...headers });
        response.end(status === 204 ? undefined : text);
    }
}

/** A JWT of a user, which no service would accept. */
export function tokenOf(user, mark = "x") {
    return `e30.${Buffer.from(JSON.stringify({ sub: user })).toString("base64url")}.${mark}`;
}
