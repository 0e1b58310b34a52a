//! Answers as a file: its columns are the questions of the event.

use serde_json::{Map, Value, json};

use super::super::{DetailRow, DetailSheet};
use super::{ExportFailed, Format, csv, json as json_file, markdown, person, text, xlsx};

const PLURAL: &str = "details";

/// Writes what people answered, like [`super::write`].
pub fn write_details(
    title: &str,
    sheet: &DetailSheet,
    format: Format,
    bom: bool,
) -> Result<Vec<u8>, ExportFailed> {
    let headings = |first: &[&str]| -> Vec<String> {
        let asked = sheet.questions.iter().map(|(_, words)| words.clone());
        first.iter().map(|word| (*word).to_owned()).chain(asked).collect()
    };
    let columns = headings(&["name", "email", "affiliation"]);
    match format {
        Format::Csv => csv(&columns, sheet.people.iter().map(cells), bom),
        Format::Xlsx => xlsx(PLURAL, &columns, sheet.people.iter().map(cells)),
        Format::Json => json_file(&values(sheet)),
        Format::Md => {
            let rows = sheet.people.iter().map(|row| {
                let name = if row.name.is_empty() { &row.email } else { &row.name };
                [vec![name.clone()], row.answers.clone()].concat()
            });
            Ok(markdown(title, &headings(&["Name"]), rows).into_bytes())
        }
        Format::Txt => Ok(text(title, sheet.people.iter().map(|row| item(sheet, row))).into_bytes()),
    }
}

/// As the record names a file: `details with 2, 3` for questions that were asked for by number.
#[must_use]
pub fn with_named(what: &str, numbers: &[u32]) -> String {
    let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
    if numbers.is_empty() { what.to_owned() } else { format!("{what} with {}", numbers.join(", ")) }
}

fn cells(row: &DetailRow) -> Vec<String> {
    [vec![row.name.clone(), row.email.clone(), row.affiliation.clone()], row.answers.clone()].concat()
}

/// Answers by the question's number, which is stable; its words may be changed.
fn values(sheet: &DetailSheet) -> Value {
    let questions: Vec<Value> = sheet
        .questions
        .iter()
        .map(|(number, words)| json!({ "number": number, "question": words }))
        .collect();
    let people: Vec<Value> = sheet
        .people
        .iter()
        .map(|row| {
            let answers: Map<String, Value> = sheet
                .questions
                .iter()
                .zip(&row.answers)
                .map(|((number, _), answer)| (number.to_string(), json!(answer)))
                .collect();
            json!({
                "id": row.public_id,
                "name": row.name,
                "email": row.email,
                "affiliation": row.affiliation,
                "answers": answers,
            })
        })
        .collect();
    json!({ "format": 1, "questions": questions, PLURAL: people })
}

fn item(sheet: &DetailSheet, row: &DetailRow) -> (String, Vec<String>) {
    let said = sheet
        .questions
        .iter()
        .zip(&row.answers)
        .filter(|(_, answer)| !answer.is_empty())
        .map(|((_, words), answer)| format!("{words}: {answer}"))
        .collect();
    (person(&row.name, &row.email, &row.affiliation), said)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn sheet() -> DetailSheet {
        DetailSheet {
            questions: vec![(1, "Food".to_owned()), (3, "=Sum?".to_owned())],
            people: vec![DetailRow {
                public_id: "abc".to_owned(),
                name: "Ada".to_owned(),
                email: "ada@example.org".to_owned(),
                affiliation: String::new(),
                answers: vec!["=Vegan".to_owned(), String::new()],
            }],
        }
    }

    fn written(format: Format) -> String {
        String::from_utf8(write_details("Details (1)", &sheet(), format, false).unwrap()).unwrap()
    }

    #[test]
    fn a_question_is_a_column_and_nothing_runs_in_a_spreadsheet() {
        assert_eq!(
            written(Format::Csv),
            "name,email,affiliation,Food,'=Sum?\r\nAda,ada@example.org,,'=Vegan,\r\n"
        );
        assert_eq!(written(Format::Txt), "Details (1)\n\nAda <ada@example.org>\n    Food: =Vegan\n");
        let table = written(Format::Md);
        assert!(table.contains("| --- | --- | --- |\n| Ada | "), "{table}");
    }

    #[test]
    fn in_json_an_answer_is_under_the_number_of_its_question() {
        let json: Value = serde_json::from_str(&written(Format::Json)).unwrap();

        assert_eq!(json.pointer("/questions/1/number").unwrap(), 3);
        assert_eq!(json.pointer("/details/0/answers/1").unwrap(), "=Vegan");
        assert_eq!(json.pointer("/details/0/answers/3").unwrap(), "");
    }
}
