import assert from "node:assert/strict";
import { before, test } from "node:test";
import { install } from "./support/locks.js";
import { random } from "./support/random.js";
import { needsService, person, until } from "./support/stack.js";

before(install);
const ROUNDS = 120;
const { seed, below } = random();

test(`Two tabs, closed and opened at random, on a network that breaks at random: everything once, in order (seed ${seed})`, needsService, async (t) => {
    const her = await person(t);
    t.mock.method(Math, "random", () => below(1_000) / 20_000); // short pauses
    const tabs = [her.open(), her.open()];
    for (const tab of tabs) await tab.recoverSession();
    const { id } = tabs[0].state.currentSession;
    const typed = [[], []];
    const metadata = {};
    for (let round = 0; round < ROUNDS; round += 1) {
        const number = below(2);
        const chance = below(10);
        if (chance === 0) her.gate.shut();
        else if (chance < 3) her.gate.open();
        else if (chance === 3) her.gate.loseAnswers(1 + below(2));
        else if (chance === 4) {
            tabs[number].close();
            tabs[number] = her.open();
            await tabs[number].recoverSession();
        } else if (chance === 5) {
            metadata[`key${number}`] = round;
            await tabs[number].setSessionMetadata(`key${number}`, round, { important: below(2) === 0 });
        } else {
            const content = `${number}: ${round}`;
            typed[number].push(content);
            await tabs[number].addMessage(content);
        }
        await new Promise((resolve) => setTimeout(resolve, below(20)));
    }
    her.gate.open();
    her.gate.loseAnswers(0);
    await until(() => tabs.every(({ state }) => state.connection === "online" && state.live), "online again", 30_000);
    await until(async () => (await tabs[0].saveSessionState()) && (await tabs[1].saveSessionState()), "all sent", 30_000);
    const total = typed[0].length + typed[1].length;
    await until(() => tabs.every(({ state }) => state.messages.filter(({ pending }) => !pending).length >= total), "all shown");
    const { messages } = await her.direct.listMessages(id, { limit: 500 });
    for (const number of [0, 1]) {
        assert.deepEqual(messages.map(({ content }) => content).filter((content) => content.startsWith(`${number}:`)), typed[number]);
        assert.deepEqual(tabs[number].state.messages, messages);
        assert.deepEqual(tabs[number].state.currentSession.session_metadata, metadata);
    }
    assert.equal((await her.direct.listSessions()).total, 1);
    assert.deepEqual((await her.direct.getSession(id)).session_metadata, metadata);
});
