//! Floating-point numbers as `Double.toString` and `Float.toString` write them: the fewest digits that give the number
//! back, at least one behind the point, and an exponent below a thousandth and from ten million on.

/// `Double.toString`.
pub fn double_text(number: f64) -> String {
    let shortest = format!("{number:e}");
    let two_digits = format!("{number:.1e}");
    text(number.is_nan(), &shortest, &two_digits, two_digits.parse() == Ok(number))
}

/// `Float.toString`.
pub fn float_text(number: f32) -> String {
    let shortest = format!("{number:e}");
    let two_digits = format!("{number:.1e}");
    text(number.is_nan(), &shortest, &two_digits, two_digits.parse() == Ok(number))
}

/// `shortest` and `two_digits` are of the form `-1.25e-7`; of a number with a single digit Java shows a second one, which
/// need not be a zero.
fn text(is_nan: bool, shortest: &str, two_digits: &str, two_digits_are_enough: bool) -> String {
    if is_nan {
        return "NaN".to_owned();
    }
    let (sign, shortest) = split_sign(shortest);
    if shortest == "inf" {
        return format!("{sign}Infinity");
    }
    let single_digit = shortest.find('e') == Some(1);
    let scientific = if single_digit && two_digits_are_enough { split_sign(two_digits).1 } else { shortest };
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return format!("{sign}{scientific}") };
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = match digits.trim_end_matches('0') {
        "" => "0",
        significant => significant,
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    format!("{sign}{}", place_point(digits, exponent))
}

/// `digits` are those of a mantissa from 1 to 10 without its point.
fn place_point(digits: &str, exponent: i32) -> String {
    let or_zero = |fraction: &str| if fraction.is_empty() { "0".to_owned() } else { fraction.to_owned() };
    match exponent {
        -3..=-1 => format!("0.{}{digits}", "0".repeat((-exponent - 1).unsigned_abs() as usize)),
        0..=6 => {
            let whole_length = exponent.unsigned_abs() as usize + 1;
            let padded = format!("{digits:0<whole_length$}");
            let (whole, fraction) = padded.split_at(whole_length);
            format!("{whole}.{}", or_zero(fraction))
        }
        _ => {
            let (first, rest) = digits.split_at(1);
            format!("{first}.{}E{exponent}", or_zero(rest))
        }
    }
}

fn split_sign(text: &str) -> (&str, &str) {
    text.strip_prefix('-').map_or(("", text), |rest| ("-", rest))
}

#[cfg(test)]
mod tests {
    use super::{double_text, float_text};

    /// Each as a JVM printed it.
    #[test]
    fn doubles_are_javas() {
        for (bits, text) in [
            (0, "0.0"),
            (0x8000_0000_0000_0000, "-0.0"),
            (0x3ff0_0000_0000_0000, "1.0"),
            (0xc002_0000_0000_0000, "-2.25"),
            (0x4059_0000_0000_0000, "100.0"),
            (0x4132_d687_0000_0000, "1234567.0"),
            (0x4167_8c29_c000_0000, "1.2345678E7"),
            (0x4163_12d0_0000_0000, "1.0E7"),
            (0x4163_12cf_f000_0000, "9999999.5"),
            (0x3f50_624d_d2f1_a9fc, "0.001"),
            (0x3f50_385c_67df_e32a, "9.9E-4"),
            (0x3ee4_f8b5_88e3_68f1, "1.0E-5"),
            (0x3fd5_5555_5555_5555, "0.3333333333333333"),
            (0x444b_1ae4_d6e2_ef50, "1.0E21"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157E308"),
            (1, "4.9E-324"),
            (0x7ff8_0000_0000_0000, "NaN"),
            (0xfff0_0000_0000_0000, "-Infinity"),
            (0x437b_69b4_ba63_0f35, "1.2345678901234568E17"),
            (0x3f60_624d_d2f1_a9fc, "0.002"),
        ] {
            assert_eq!(double_text(f64::from_bits(bits)), text, "{bits:x}");
        }
    }

    #[test]
    fn floats_are_javas() {
        for (bits, text) in [
            (0x3fc0_0000, "1.5"),
            (0x4b18_9680, "1.0E7"),
            (0x3a83_126f, "0.001"),
            (0x38d1_b717, "1.0E-4"),
            (0x7f7f_ffff, "3.4028235E38"),
            (1, "1.4E-45"),
            (0x4b80_0000, "1.6777216E7"),
        ] {
            assert_eq!(float_text(f32::from_bits(bits)), text, "{bits:x}");
        }
    }
}
