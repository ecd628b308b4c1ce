//! Names in the style of the place where they are used.

/// `TopicIdPartition` or `topicIdPartition` → `topic_id_partition`; `KRaft` is one word.
pub fn snake_case(name: &str) -> String {
    // One word in English, whatever its capitals.
    let characters: Vec<char> = name.replace("KRaft", "Kraft").chars().collect();
    let mut snake = String::with_capacity(name.len() + 8);
    for (index, &character) in characters.iter().enumerate() {
        let after_lower = index > 0 && !characters[index - 1].is_uppercase();
        let before_lower = characters.get(index + 1).is_some_and(|next| next.is_lowercase());
        if character.is_uppercase() && index > 0 && (after_lower || before_lower) {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
    }
    snake
}

/// [`snake_case`], made fit for a Rust identifier.
pub fn identifier(name: &str) -> String {
    let snake = snake_case(name);
    match snake.as_str() {
        "type" | "match" | "ref" | "use" | "move" | "static" | "final" | "override" | "mod" => format!("r#{snake}"),
        _ => snake,
    }
}

/// `TopicRecord` → `TOPIC_RECORD`.
pub fn upper_snake_case(name: &str) -> String {
    snake_case(name).to_uppercase()
}

/// `PartitionId` → `partitionId`: how Kafka's JSON names a field.
pub fn lower_camel_case(name: &str) -> String {
    let mut characters = name.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{identifier, lower_camel_case, snake_case, upper_snake_case};

    #[test]
    fn words_are_found() {
        assert_eq!(snake_case("TopicIdPartition"), "topic_id_partition");
        assert_eq!(snake_case("currentStateTimestamp"), "current_state_timestamp");
        assert_eq!(snake_case("LastKnownElr"), "last_known_elr");
        assert_eq!(snake_case("KRaftVersionRecord"), "kraft_version_record");
        assert_eq!(snake_case("V3AndBelowTopics"), "v3_and_below_topics");
        assert_eq!(upper_snake_case("NoOpRecord"), "NO_OP_RECORD");
        assert_eq!(identifier("Type"), "r#type");
        assert_eq!(lower_camel_case("PartitionId"), "partitionId");
    }
}
