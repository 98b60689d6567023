import SessionTesting
import Testing

/// `sessionctl dead-letters` and `sessionctl sweep`.
@Suite struct DeadLetterCommandTests {
    /// Puts an entry into the log that can't be applied, and waits until it is set aside.
    private func poison(_ stack: Stack, _ person: Person, _ session: String, _ fields: String...) async throws {
        let before = try await stack.rows("SELECT count(*) FROM dead_letters")
        try stack.redis.command(
            [
                "XADD", "sd:{0}:log", "*", "op", "append", "sid", session, "user_id", person.id, "version", "99", "at",
                "1",
                "last_activity_at", "1", "first", "77",
            ] + fields)
        try await eventually("it is set aside") { try await stack.rows("SELECT count(*) FROM dead_letters") != before }
        try await eventually("its session is written out whole") {
            try await stack.rows("SELECT count(*) FROM quarantine") == ["0"]
        }
    }

    @Test func whatWaitsIsListedShownTriedAgainAndDropped() async throws {
        try await withStack { stack in
            let person = Person(stack)
            let session = try await person.newSession()
            try await person.append(2, to: session)
            #expect(try await stack.sessionctl("dead-letters").code == 0)
            try await poison(stack, person, session, "m", #"{"content":"a secret of somebody's"}"#)
            try await poison(stack, person, session, "m", "\u{1b}[2J\u{202e}")

            let list = try await stack.sessionctl("dead-letters", "list")
            #expect(list.code == 1 && list.text.contains(session) && list.text.contains("2 wait"), "\(list.text)")
            let found = try await stack.sessionctl("dead-letters", "list", "--json").json(1)
            #expect(found["waiting"].int == 2)
            #expect(found["dead_letters"][0]["op"] == .string("append"))
            #expect(found["dead_letters"][0]["session_id"] == .string(session))
            #expect(found["dead_letters"][0]["user_id"] == .string(person.id))

            for arguments in [["show", "1"], ["show", "1", "--json"]] {
                let shown = try await stack.sessionctl(["dead-letters"] + arguments)
                #expect(
                    shown.code == 0 && shown.text.contains(session) && !shown.text.contains("secret"), "\(shown.text)")
            }
            let revealed = try await stack.sessionctl("dead-letters", "show", "1", "--reveal")
            #expect(revealed.text.contains("a secret of somebody's"))
            let hostile = try await stack.sessionctl("dead-letters", "show", "2", "--reveal")
            #expect(hostile.code == 0 && hostile.isHarmless, "\(hostile.text)")
            #expect(try await stack.sessionctl("dead-letters", "show", "3").code == 1)

            // It doesn't fit, now or ever.
            let retried = try await stack.sessionctl("dead-letters", "retry", "1", "--json").json(1)
            #expect(retried["ordered"].int == 1 && retried["remaining"].int == 1)
            let refused = try await stack.sessionctl("dead-letters", "drop", "1")
            #expect(refused.code == 1 && refused.text.contains("nothing was dropped"), "\(refused.text)")
            for usage in [["retry"], ["drop", "--yes"], ["retry", "1", "--all"]] {
                #expect(try await stack.sessionctl(["dead-letters"] + usage).code == 64)
            }
            #expect(try await stack.sessionctl("dead-letters", "drop", "1", "--yes").code == 0)
            #expect(try await stack.rows("SELECT number FROM dead_letters") == ["2"])
            #expect(try await stack.sessionctl("dead-letters", "drop", "--all", "--yes").code == 0)
            #expect(try await stack.sessionctl("dead-letters", "list").text == "No log entry is set aside.\n")
            try await eventually("readiness") {
                try await !stack.request("GET", "/health/ready").text.contains("set aside")
            }
            // Nothing of it has touched the session.
            #expect(try await person.look(session)["message_count"].int == 2)
            #expect(try await stack.sessionctl("drift").code == 0)
        }
    }

    @Test func whatFitsByNowIsApplied() async throws {
        try await withStack { stack in
            let person = Person(stack)
            let session = try await person.newSession()
            let answer = try await person.append(one: session)
            let message = try answer.json(201)["message"]["id"].text()
            try await person.waitUntilDurable(answer)
            // As if a fault that is mended by now had kept it out: the row is put back to before it.
            let entry = try await stack.rows("SELECT document FROM chat_message_documents")[0]
            try await stack.service.stop()
            try await stack.change(
                """
                DELETE FROM chat_message_documents; UPDATE user_sessions SET version = 1, message_count = 0;
                INSERT INTO dead_letters (log_id, session_id, user_id, entry, error) SELECT log_id, id, user_id,
                json_array(json_array('op', 'append'), json_array('sid', id), json_array('user_id', user_id),
                    json_array('version', '2'), json_array('at', '1'), json_array('last_activity_at', '1'),
                    json_array('first', '1'), json_array('m', '\(entry)')), 'a fault' FROM user_sessions;
                """)
            try await stack.service.start()
            let retried = try await stack.sessionctl("dead-letters", "retry", "--all")
            #expect(retried.code == 0 && retried.text.contains("applied"), "\(retried.text)")
            #expect(try await stack.rows("SELECT id FROM chat_messages") == [message])
            #expect(try await stack.rows("SELECT version, message_count FROM user_sessions") == ["2|1"])
        }
    }

    @Test func anOperatorAgreesToASweep() async throws {
        try await withStack { stack in
            let output = try await stack.sessionctl("sweep", "allow")
            #expect(output.code == 0 && output.text.contains("Agreed for 1 shard"), "\(output.text)")
            #expect(try stack.redis.command("HGET", "sd:{0}:flush", "sweep_agreed_at").string != nil)
            #expect(try await stack.sessionctl("sweep", "allow", "--shard", "1").code == 1)
            #expect(try await stack.sessionctl("sweep", "allow", "--shard", "x").code == 64)
        }
    }
}
