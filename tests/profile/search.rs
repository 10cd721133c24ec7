//! Looks for words in everything that is stored: every column of every table, every key and value in Redis.

use std::collections::BTreeSet;

use redis::{AsyncCommands as _, aio::MultiplexedConnection};

use crate::support::Place;

/// Which of the words stand in any row of any table, in plain text or in bytes.
pub async fn in_postgres<'a>(place: &Place, words: &[&'a str]) -> BTreeSet<&'a str> {
    let client = place.postgres().await;
    let tables = "select quote_ident(tablename) from pg_tables where schemaname = 'public'";
    let mut found = BTreeSet::new();
    for table in client.query(tables, &[]).await.unwrap() {
        // Bytes read as hexadecimal digits.
        let rows = format!("select r::text from {} r", table.get::<_, String>(0));
        for row in client.query(&rows, &[]).await.unwrap() {
            let row: String = row.get(0);
            found.extend(
                words.iter().copied().filter(|word| holds(row.as_bytes(), word) || holds(row.as_bytes(), &hex(word))),
            );
        }
    }
    found
}

/// Which of the words stand in any key or value.
pub async fn in_redis<'a>(place: &Place, words: &[&'a str]) -> BTreeSet<&'a str> {
    let stored = everything(&mut place.redis().await).await;
    words.iter().copied().filter(|word| stored.iter().any(|bytes| holds(bytes, word))).collect()
}

/// Whether these very bytes stand anywhere in Redis.
pub async fn bytes_in_redis(place: &Place, bytes: &[u8]) -> bool {
    let stored = everything(&mut place.redis().await).await;
    stored.iter().any(|stored| stored.windows(bytes.len()).any(|window| window == bytes))
}

/// Every key, and every part of every value.
async fn everything(redis: &mut MultiplexedConnection) -> Vec<Vec<u8>> {
    let keys: Vec<Vec<u8>> = redis.keys("*").await.unwrap();
    let mut stored = keys.clone();
    for key in keys {
        let kind: String = redis::cmd("TYPE").arg(&key).query_async(redis).await.unwrap();
        let mut read = match kind.as_str() {
            "hash" => redis::cmd("HGETALL"),
            "stream" => redis::cmd("XRANGE"),
            "string" => redis::cmd("GET"),
            "set" => redis::cmd("SMEMBERS"),
            "zset" => redis::cmd("ZRANGE"),
            "list" => redis::cmd("LRANGE"),
            // It has gone since.
            "none" => continue,
            kind => panic!("a value of a type that is not searched: {kind}"),
        };
        read.arg(&key);
        match kind.as_str() {
            "stream" => drop(read.arg("-").arg("+")),
            "zset" | "list" => drop(read.arg(0).arg(-1)),
            _ => {}
        }
        flatten(read.query_async(redis).await.unwrap(), &mut stored);
    }
    stored
}

fn flatten(value: redis::Value, into: &mut Vec<Vec<u8>>) {
    match value {
        redis::Value::BulkString(bytes) => into.push(bytes),
        redis::Value::SimpleString(text) => into.push(text.into_bytes()),
        redis::Value::Array(values) | redis::Value::Set(values) => values.into_iter().for_each(|it| flatten(it, into)),
        redis::Value::Map(pairs) => pairs.into_iter().for_each(|(key, value)| {
            flatten(key, into);
            flatten(value, into);
        }),
        redis::Value::Int(_) | redis::Value::Double(_) | redis::Value::Nil => {}
        other => panic!("an answer that is not searched: {other:?}"),
    }
}

/// Without regard to case.
fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

fn hex(word: &str) -> String {
    word.bytes().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"))
}
