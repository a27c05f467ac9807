//! Properties of numbers, durations and timestamps over generated values, against oracles that share no code with what
//! they judge: schoolbook arithmetic on digits, 128-bit integers, quotients that another implementation computed.

use std::cmp::Ordering;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{decimal, time};

/// A number as digits, least significant first, with a sign and digits after the point.
#[derive(Clone, Debug)]
struct Digits {
    negative: bool,
    digits: Vec<u8>,
    scale: usize,
}

impl Digits {
    fn of(text: &str) -> Self {
        let unsigned = text.trim_start_matches('-');
        let scale = unsigned.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let digits = unsigned.bytes().rev().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect();
        Self { negative: text.starts_with('-'), digits, scale }
    }

    fn at_scale(&self, scale: usize) -> Vec<u8> {
        let mut digits = vec![0; scale - self.scale];
        digits.extend(&self.digits);
        digits
    }

    fn significant(&self) -> usize {
        self.digits.iter().rposition(|digit| *digit != 0).map_or(0, |at| at + 1)
    }

    fn is_zero(&self) -> bool {
        self.significant() == 0
    }

    fn add(&self, other: &Self) -> Self {
        let scale = self.scale.max(other.scale);
        let (a, b) = (self.at_scale(scale), other.at_scale(scale));
        let (negative, digits) = if self.negative == other.negative {
            (self.negative, sum(&a, &b))
        } else if compare(&a, &b).is_ge() {
            (self.negative, difference(&a, &b))
        } else {
            (other.negative, difference(&b, &a))
        };
        Self { negative, digits, scale }
    }

    fn negated(&self) -> Self {
        Self { negative: !self.negative, ..self.clone() }
    }

    fn mul(&self, other: &Self) -> Self {
        let mut digits = vec![0u32; self.digits.len() + other.digits.len() + 1];
        for (i, a) in self.digits.iter().enumerate() {
            for (j, b) in other.digits.iter().enumerate() {
                digits[i + j] += u32::from(*a) * u32::from(*b);
            }
        }
        let mut carry = 0;
        let digits = digits.into_iter().map(|digit| {
            let value = digit + carry;
            carry = value / 10;
            (value % 10) as u8
        });
        Self {
            negative: self.negative != other.negative,
            digits: digits.collect(),
            scale: self.scale + other.scale,
        }
    }

    /// Compares without signs.
    fn size(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        compare(&self.at_scale(scale), &other.at_scale(scale))
    }

    /// The text of a Decimal with this value: 28 digits, zeros after the point dropped only where it needs that.
    fn text(mut self) -> Option<String> {
        while self.significant() > 28 || self.scale > 28 {
            if self.scale == 0 || self.digits[0] != 0 {
                return None;
            }
            self.digits.remove(0);
            self.scale -= 1;
        }
        let kept = self.significant().max(self.scale + 1);
        self.digits.resize(kept, 0);
        let mut text: String = self.digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect();
        if self.scale > 0 {
            text.insert(kept - self.scale, '.');
        }
        Some(if self.negative && !self.is_zero() { format!("-{text}") } else { text })
    }
}

fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let at = |digits: &[u8], at: usize| digits.get(at).copied().unwrap_or(0);
    let places = (0..a.len().max(b.len())).rev();
    places.map(|place| at(a, place).cmp(&at(b, place))).find(|one| one.is_ne()).unwrap_or(Ordering::Equal)
}

fn sum(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let digits = (0..=a.len().max(b.len())).map(|at| {
        let value = a.get(at).unwrap_or(&0) + b.get(at).unwrap_or(&0) + carry;
        carry = value / 10;
        value % 10
    });
    digits.collect()
}

fn difference(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let digits = a.iter().enumerate().map(|(at, digit)| {
        let take = b.get(at).unwrap_or(&0) + borrow;
        borrow = u8::from(*digit < take);
        digit + 10 * borrow - take
    });
    digits.collect()
}

/// Texts of Decimals: of any length, small and round ones more often.
fn text() -> impl Strategy<Value = String> {
    let plain = "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,4})?";
    let long = "-?[1-9][0-9]{0,13}(\\.[0-9]{1,14})?";
    let small = "-?0\\.0{0,20}[0-9]{1,7}";
    let round = "-?[1-9]0{0,27}";
    prop_oneof![plain, long, small, round]
}

fn d(text: &str) -> Decimal {
    decimal::parse(text).unwrap_or_else(|| panic!("{text}"))
}

fn shown(found: Option<Decimal>) -> Option<String> {
    found.map(|decimal| decimal.to_string())
}

proptest! {
    #[test]
    fn sums_differences_and_products_are_exact_or_refused(a in text(), b in text()) {
        let (x, y) = (Digits::of(&a), Digits::of(&b));
        prop_assert_eq!(shown(decimal::add(d(&a), d(&b))), x.add(&y).text(), "{} + {}", a, b);
        prop_assert_eq!(shown(decimal::sub(d(&a), d(&b))), x.add(&y.negated()).text(), "{} - {}", a, b);
        prop_assert_eq!(shown(decimal::mul(d(&a), d(&b))), x.mul(&y).text(), "{} * {}", a, b);
    }

    /// No quotient of as many digits is nearer; of two that are as near, it is the even one.
    #[test]
    fn quotients_are_the_nearest(a in text(), b in text()) {
        let (x, y) = (Digits::of(&a), Digits::of(&b));
        let Some(quotient) = decimal::div(d(&a), d(&b)) else {
            // the divisor is zero, or the quotient has more than 28 digits before the point
            let limit = Digits::of("9999999999999999999999999999.5").mul(&y);
            prop_assert!(y.is_zero() || x.size(&limit).is_ge(), "{} / {}", a, b);
            return Ok(());
        };
        let q = Digits::of(&quotient.to_string());
        let rest = x.add(&q.mul(&y).negated());
        if rest.is_zero() {
            let ideal = x.scale.saturating_sub(y.scale);
            let shorter = q.scale > ideal && q.digits[0] == 0 && !q.is_zero();
            prop_assert!(!shorter, "{} / {} = {} has digits that nobody needs", a, b, quotient);
        } else {
            let twice = rest.add(&rest);
            let step = Digits { negative: false, digits: vec![1], scale: q.scale };
            let order = twice.size(&y.mul(&step));
            prop_assert!(order.is_lt() || (order.is_eq() && q.digits[0].is_multiple_of(2)), "{} / {} = {}", a, b, quotient);
            prop_assert!(q.significant() >= 28 || q.scale == 28, "{} / {} = {}", a, b, quotient);
        }
    }

    #[test]
    fn remainders_and_rounding_agree_with_whole_numbers(a in -10i64.pow(12)..10i64.pow(12), b in 1i64..1_000_000, scale in 0u32..6) {
        let of = |n: i64| Decimal::new(n, scale);
        let rest = decimal::rem(of(a), of(b)).unwrap();
        prop_assert_eq!(rest, Decimal::new(a % b, scale));
        let wide = decimal::rem(Decimal::from(a), Decimal::new(b, 24)).unwrap();
        let narrow = i128::from(a.rem_euclid(b)) * (10i128.pow(24) % i128::from(b));
        prop_assert_eq!(wide.mantissa().rem_euclid(i128::from(b)), narrow % i128::from(b));
        prop_assert!(wide.mantissa().abs() < i128::from(b) && wide.mantissa().signum() * i128::from(a) >= 0);
        let digits = i64::from(scale) - 2;
        let mut nearest = a / 100;
        let (left, even) = ((a % 100).abs(), nearest % 2 == 0);
        if left > 50 || (left == 50 && !even) {
            nearest += a.signum();
        }
        prop_assert_eq!(decimal::round(of(a), digits).unwrap(), Decimal::from_i128_with_scale(i128::from(nearest) * 100, scale));
        let floor = decimal::floor(of(a));
        prop_assert_eq!(floor, Decimal::from(a.div_euclid(10i64.pow(scale))));
    }

    #[test]
    fn decimals_and_floats_read_back(a in text(), float in any::<f64>()) {
        let decimal = d(&a);
        prop_assert_eq!(Some(decimal.to_string()), Digits::of(&a).text());
        prop_assert_eq!(decimal::parse(&decimal.to_string()), Some(decimal));
        if float.is_finite() {
            let text = super::text::float(float);
            prop_assert!(text.contains(['.', 'e']));
            prop_assert_eq!(text.parse::<f64>().map(f64::to_bits), Ok(float.to_bits()));
            if let Some(decimal) = decimal::from_float(float) {
                prop_assert!(decimal::to_float(decimal) == float);
            }
        }
    }

    #[test]
    fn durations_read_back(ms in prop_oneof![-10_000i64..10_000, -10i64.pow(11)..10i64.pow(11), -i64::MAX..=i64::MAX]) {
        let text = time::duration(ms);
        prop_assert_eq!(time::parse_duration(&text), Some(ms), "{}", text);
    }

    #[test]
    fn timestamps_read_back_with_any_offset(ms in time::EARLIEST + 86_400_000..=time::LATEST - 86_400_000, offset in -1439i64..1440) {
        let text = time::timestamp(ms);
        prop_assert_eq!(time::parse_timestamp(&text), Some(ms), "{}", text);
        let local = time::timestamp(ms + offset * 60_000);
        let sign = if offset < 0 { '-' } else { '+' };
        let (hours, minutes) = (offset.abs() / 60, offset.abs() % 60);
        let shifted = format!("{}{sign}{hours:02}:{minutes:02}", local.trim_end_matches('Z'));
        prop_assert_eq!(time::parse_timestamp(&shifted), Some(ms), "{}", shifted);
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "[-+0-9PTWDHMSZ:.eE ]{0,24}") {
        let _ = (decimal::parse(&text), time::parse_duration(&text), time::parse_timestamp(&text));
        let _ = super::number::Exact::read(&text);
    }
}

/// Quotients that Python's `decimal` computed with 28 digits, half to even.
#[test]
fn quotients_of_another_implementation() {
    for (a, b, quotient) in [
        ("-91609053210382", "-64", "1431391456412.21875"),
        ("0.0", "4", "0.0"),
        ("60", "0.39", "153.8461538461538461538461538"),
        ("-6873147335879078927586.890376", "-1167712555834033420.440829304", "5885.992491508292875385920585"),
        ("68370951591508220493", "-19977541517540769981", "-3.422390664610900848832598913"),
        ("-2.3900", "0.9", "-2.655555555555555555555555556"),
        ("44571", "-68", "-655.4558823529411764705882353"),
        ("2926966238392.7", "-6.16", "-475156856881.9318181818181818"),
        ("-5544099.68", "38092.67250499", "-145.5424184079954834396064634"),
        ("-926988196", "3819258.51", "-242.7141796170272852255816535"),
        ("-11335984793349", "267.87", "-42318978584.19755851719117482"),
        ("7950284963460958842254633982", "-16", "-496892810216309927640914623.9"),
        ("9395606998511445562301805563", "-30113.34645886", "-312008066302011880677777.6869"),
        ("27700533781395909452", "2", "13850266890697954726"),
        ("0.633", "0.1", "6.33"),
        ("0.0", "1255149189684873.910745430457", "0"),
        ("-681224235", "-71535.405", "9522.896179870652860635932655"),
        ("31133339948516302498", "-895.05953843216", "-34783540772104757.48030876579"),
        ("-18270090747439", "90714937", "-201401.1292036613551305227716"),
        ("54803985078698949043", "-1691497.05", "-32399692969431.39749667313934"),
        ("-0.8", "-4", "0.2"),
        ("87674924.078596420868", "9", "9741658.230955157874222222222"),
        ("17444", "-7.1", "-2456.901408450704225352112676"),
        ("428.45274703857", "-497", "-0.8620779618482293762575452716"),
        ("-10726272005618390.052", "142383608", "-75333615.68993524909131393833"),
        ("2786993580373087227780.835783", "-708190943493284.84598", "-3935370.264163105391689351817"),
        ("-0.37988", "-0.09", "4.220888888888888888888888889"),
        ("1876215713813225337", "2677103.74", "700837881543.2925049815215603"),
        ("91139815523690191.474", "0.52", "175268876007096522.0653846154"),
        ("-4.97", "-0.351", "14.15954415954415954415954416"),
        ("43616.3878", "-128.572554", "-339.2356023354720012795265777"),
        ("1351.55965", "-5040.5", "-0.2681399960321396686836623351"),
        ("-2159878641723946883150998450", "964", "-2240538010087081828994811.670"),
        ("-59523696811890351.075", "-557816718.74730", "106708341.3088870664053290265"),
        ("5", "-48", "-0.1041666666666666666666666667"),
        ("4972494459623540692339565083", "600776816360497226836.1986967", "8276774.875813094462788693348"),
        ("28.8", "32.984", "0.8731506184816880911957312636"),
        ("85632", "0.3", "285440"),
        ("-1677714252.4619", "48789", "-34387.14161925638975998688229"),
        ("7.93", "-0.3", "-26.43333333333333333333333333"),
        ("-35880156248.589", "42893", "-836503.7709786911617280208892"),
        ("-71705.6539", "0.6", "-119509.4231666666666666666667"),
        ("-56997342.890270", "-6", "9499557.148378333333333333333"),
        ("99074577752.832002308", "-53.3", "-1858810089.171332125853658537"),
        ("951902934.21339284231", "2.5704", "370332607.4593031599400871460"),
        ("409", "-153", "-2.673202614379084967320261438"),
        ("937306500033457089106.8849254", "-4.6", "-203762282615968932414.5402012"),
        ("-158392861941308711.2982672598", "92162224.075480912596", "-1718631071.789075636714086243"),
        ("3.6", "6.7", "0.5373134328358208955223880597"),
        ("-342606.877", "8343.6", "-41.06223656455247135529028237"),
        ("-37202082738707", "0.7", "-53145832483867.14285714285714"),
        ("78", "0.4", "195"),
        ("-9", "0.28", "-32.14285714285714285714285714"),
        ("796149718608925702.3508800105", "0.9", "884610798454361891.5009777894"),
        ("-49219905339457160276.89541460", "-6", "8203317556576193379.48256910"),
        ("-46275059794929069106", "7", "-6610722827847009872.285714286"),
        ("0.3", "96", "0.003125"),
        ("-2065476883352539.814", "80", "-25818461041906.747675"),
        ("-632119676552374493888501840.5", "-99868.4530", "6329523063227729119710.123481"),
        ("70895315794038", "847242276", "83677.73634803606046684101019"),
    ] {
        assert_eq!(shown(decimal::div(d(a), d(b))).as_deref(), Some(quotient), "{a} / {b}");
    }
}
