//! Properties of library functions over generated values, against what `std` does in another way.

use aeth_lang::library::Builtin as B;
use proptest::prelude::*;

use super::*;

fn of(builtin: B, args: &[Value]) -> Result<Value, Error> {
    let d = u16::try_from(args.len()).unwrap();
    run(module(), args.to_vec(), vec![Instr::Builtin { d, f: builtin, first: 0 }, Instr::Return { s: d }])
}

fn text_of(builtin: B, args: &[Value]) -> String {
    of(builtin, args).unwrap().as_text().unwrap().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    let Value::List(items) = value else { panic!("{value:?}") };
    items.iter().map(|item| item.as_text().unwrap().to_owned()).collect()
}

proptest! {
    #[test]
    fn slices_count_characters(text in ".{0,12}", from in 0usize..16, to in proptest::option::of(0usize..16)) {
        let chars: Vec<char> = text.chars().collect();
        let end = to.unwrap_or(chars.len()).min(chars.len());
        let expected: String = chars.get(from..end).unwrap_or_default().iter().collect();
        let to = to.map_or(Value::Null, |to| Value::Int(to as i64));
        prop_assert_eq!(text_of(B::TextSlice, &[Value::text(&*text), Value::Int(from as i64), to]), expected);
        prop_assert_eq!(of(B::TextLen, &[Value::text(&*text)]), Ok(Value::Int(chars.len() as i64)));
        prop_assert_eq!(texts(&of(B::TextChars, &[Value::text(&*text)]).unwrap()).concat(), text);
    }

    #[test]
    fn splitting_and_joining_are_inverse(parts in proptest::collection::vec("[a-zä,]{0,4}", 1..6), between in "[;|]{1,2}") {
        let list = Value::list(parts.iter().map(|part| Value::text(part.as_str())).collect());
        let joined = of(B::ListJoin, &[list.clone(), Value::text(between.as_str())]).unwrap();
        prop_assert_eq!(of(B::TextSplit, &[joined, Value::text(between.as_str())]), Ok(list));
    }

    #[test]
    fn padding_reaches_its_width(text in ".{0,6}", width in 0usize..12, with in ".{1,3}") {
        let args = [Value::text(&*text), Value::Int(width as i64), Value::text(&*with)];
        let padded = text_of(B::TextPad, &args);
        prop_assert_eq!(padded.chars().count(), width.max(text.chars().count()));
        prop_assert!(padded.ends_with(&text));
    }

    #[test]
    fn what_is_encoded_is_decoded(bytes in proptest::collection::vec(any::<u8>(), 0..40), text in ".{0,20}") {
        let value = Value::Bytes(bytes.into());
        let encoded = of(B::Base64Encode, std::slice::from_ref(&value)).unwrap();
        prop_assert_eq!(of(B::Base64Decode, &[encoded]), Ok(value));
        let bytes = of(B::TextToBytes, &[Value::text(&*text)]).unwrap();
        prop_assert_eq!(text_of(B::BytesToText, &[bytes]), text);
    }

    /// Keys of every ordered type, with many that are equal.
    #[test]
    fn sorting_is_stable(keys in proptest::collection::vec(-3i64..4, 0..60), kind in 0..5) {
        let key = |n: i64| match kind {
            0 => Value::Int(n),
            1 => Value::text("k".repeat(usize::try_from(n + 3).unwrap())),
            2 => Value::Float(n as f64 / 2.0),
            3 => Value::tuple(vec![Value::Bool(n > 0), Value::Int(n.abs())]),
            _ => Value::decimal(rust_decimal::Decimal::new(n * 10, 1)),
        };
        let mut expected: Vec<(i64, i64)> = keys.iter().copied().zip(0..).collect();
        match kind {
            3 => expected.sort_by_key(|(n, _)| (*n > 0, n.abs())),
            _ => expected.sort_by_key(|(n, _)| *n),
        }
        let items = Value::list((0..keys.len() as i64).map(Value::Int).collect());
        let sorted = of(B::ListSortByKeys, &[items, Value::list(keys.into_iter().map(key).collect())]);
        prop_assert_eq!(sorted, Ok(Value::list(expected.into_iter().map(|(_, at)| Value::Int(at)).collect())));
    }

    #[test]
    fn chunks_and_parts_lose_nothing(items in proptest::collection::vec(any::<i64>(), 0..30), size in 1i64..8) {
        let list = Value::list(items.iter().copied().map(Value::Int).collect());
        let Ok(Value::List(chunks)) = of(B::ListChunk, &[list.clone(), Value::Int(size)]) else { panic!() };
        let mut joined = Value::list(Vec::new());
        for chunk in chunks.iter() {
            joined = of(B::ListConcat, &[joined, chunk.clone()]).unwrap();
        }
        prop_assert_eq!(&joined, &list);
        let (front, back) = (of(B::ListTake, &[list.clone(), Value::Int(size)]), of(B::ListDrop, &[list.clone(), Value::Int(size)]));
        prop_assert_eq!(of(B::ListConcat, &[front.unwrap(), back.unwrap()]), Ok(list));
    }

    #[test]
    fn durations_agree_with_128_bits(a in any::<i64>(), b in any::<i64>(), n in -1000i64..1000) {
        let same = |found: Result<Value, Error>, expected: i128| match i64::try_from(expected).ok().filter(|ms| *ms != i64::MIN) {
            Some(ms) => found == Ok(Value::Duration(ms)),
            None => found.is_err_and(|error| error.kind == ErrorKind::Arithmetic),
        };
        let (a, b) = (a.max(-i64::MAX), b.max(-i64::MAX));
        let (x, y) = (Value::Duration(a), Value::Duration(b));
        prop_assert!(same(of(B::DurationAdd, &[x.clone(), y.clone()]), i128::from(a) + i128::from(b)));
        prop_assert!(same(of(B::DurationSub, &[x.clone(), y]), i128::from(a) - i128::from(b)));
        prop_assert!(same(of(B::DurationMul, &[x.clone(), Value::Int(n)]), i128::from(a) * i128::from(n)));
        if n != 0 {
            prop_assert!(same(of(B::DurationDiv, &[x, Value::Int(n)]), i128::from(a) / i128::from(n)));
        }
    }
}
