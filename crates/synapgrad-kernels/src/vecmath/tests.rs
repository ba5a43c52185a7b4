//! Sweeps against the standard library's double precision, the literal special cases of C99, and values of the
//! special functions computed to 40 digits.

use super::{f32 as single, f64 as double, special};

/// |got − want| in units of the last place of an f32 near `want`.
fn ulps32(got: f32, want: f64) -> f64 {
    let nearest = want as f32;
    if nearest.is_nan() || got.is_nan() {
        return if nearest.is_nan() && got.is_nan() { 0.0 } else { f64::INFINITY };
    }
    if nearest.is_infinite() || got.is_infinite() {
        return if nearest == got { 0.0 } else { f64::INFINITY };
    }
    if want == 0.0 {
        return if got == 0.0 && got.is_sign_negative() == want.is_sign_negative() { 0.0 } else { f64::INFINITY };
    }
    let exponent = (want.abs().log2().floor() as i32).max(-126);
    (got as f64 - want).abs() / 2f64.powi(exponent - 23)
}

/// Every 1021st f32 of both signs: all exponents, denormals, infinities and NaN.
fn all_f32() -> impl Iterator<Item = f32> {
    (0..=u32::MAX).step_by(1021).chain([0x8000_0000, 0x7f80_0000, 0xff80_0000]).map(f32::from_bits)
}

fn sweep32(name: &str, bound: f64, f: fn(f32) -> f32, reference: fn(f64) -> f64) {
    let (mut worst, mut at) = (0.0, 0.0);
    for x in all_f32() {
        let error = ulps32(f(x), reference(x as f64));
        if error > worst {
            (worst, at) = (error, x);
        }
    }
    println!("{name}: {worst:.3} ulp at {at:e}");
    assert!(worst <= bound, "{name}({at:e}) = {:e}, {worst} ulp off {:e}", f(at), reference(at as f64));
}

#[test]
fn single_precision_in_single() {
    sweep32("exp", 0.75, single::exp, f64::exp);
    sweep32("exp2", 1.0, single::exp2, f64::exp2);
    sweep32("tanh", 1.5, single::tanh, f64::tanh);
    sweep32("sigmoid", 2.0, single::sigmoid, |x| {
        if x >= 0.0 { 1.0 / (1.0 + (-x).exp()) } else { x.exp() / (1.0 + x.exp()) }
    });
    sweep32("erf", 1.7, single::erf, special::erf);
    sweep32("rsqrt", 1.5, single::rsqrt, |x| 1.0 / x.sqrt());
}

#[test]
fn the_normal_distribution() {
    for i in -200_000..=200_000 {
        let x = i as f32 / 15_000.0;
        let (below, bell) = single::normal(x);
        let exact = 0.5 * special::erfc(-f64::from(x) / 2f64.sqrt());
        let wanted = (-0.5 * f64::from(x) * f64::from(x)).exp();
        // The polynomial is right to 3e-7. Rounding −x²/2, which is 2.7 where Φ = 0.01, moves e^(−x²/2) by 1.2e-7; e^ is
        // right to 0.9e-7; its argument's two roundings move the polynomial by 1.2e-7, and so do those of two products.
        assert!((f64::from(below) - exact).abs() <= 7.5e-7 * exact.max(1e-2), "{x}: {below} is not {exact}");
        assert!((f64::from(bell) - wanted).abs() <= 1e-5 * wanted + 1e-40, "{x}: {bell} is not {wanted}");
    }
    assert_eq!(single::normal(f32::INFINITY), (1.0, 0.0));
    assert_eq!(single::normal(f32::NEG_INFINITY), (0.0, 0.0));
    assert!(single::normal(f32::NAN).0.is_nan());
}

#[test]
fn single_precision_through_double() {
    sweep32("expm1", 0.51, single::expm1, f64::exp_m1);
    sweep32("log", 0.51, single::log, f64::ln);
    sweep32("log2", 0.51, single::log2, f64::log2);
    sweep32("log10", 0.51, single::log10, f64::log10);
    sweep32("log1p", 0.51, single::log1p, f64::ln_1p);
    sweep32("sin", 0.51, single::sin, f64::sin);
    sweep32("cos", 0.51, single::cos, f64::cos);
    sweep32("tan", 0.51, single::tan, f64::tan);
    sweep32("sinh", 0.51, single::sinh, f64::sinh);
    sweep32("cosh", 0.51, single::cosh, f64::cosh);
    sweep32("asin", 0.51, single::asin, f64::asin);
    sweep32("acos", 0.51, single::acos, f64::acos);
    sweep32("atan", 0.51, single::atan, f64::atan);
    sweep32("asinh", 0.51, single::asinh, f64::asinh);
    sweep32("acosh", 0.51, single::acosh, f64::acosh);
    sweep32("atanh", 0.51, single::atanh, f64::atanh);
    sweep32("erfc", 0.51, single::erfc, special::erfc);
}

/// The numbers nearest to multiples of π/2 are where a reduction with too few digits shows.
#[test]
fn reduction_near_multiples_of_half_pi() {
    for k in 1..200_000u32 {
        let x = (k as f64 * std::f64::consts::FRAC_PI_2) as f32;
        for x in [x, -x] {
            assert!(ulps32(single::sin(x), (x as f64).sin()) <= 0.51, "sin({x:e})");
            assert!(ulps32(single::cos(x), (x as f64).cos()) <= 0.51, "cos({x:e})");
            assert!(ulps32(single::tan(x), (x as f64).tan()) <= 0.51, "tan({x:e})");
        }
    }
    // The f32 closest to a multiple of π/2 of all: 16367173·2⁷² .
    let x = 16_367_173.0 * 2f32.powi(72);
    assert!(ulps32(single::cos(x), (x as f64).cos()) <= 0.51);
}

#[test]
fn two_arguments() {
    let grid: Vec<f32> = (0..=u32::MAX)
        .step_by(6_291_469)
        .map(f32::from_bits)
        .chain([0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 0.5, -0.5, 1.5, f32::INFINITY, f32::NEG_INFINITY, f32::NAN])
        .collect();
    for &x in &grid {
        for &y in &grid {
            let (got, want) = (single::pow(x, y), (x as f64).powf(y as f64));
            assert!(ulps32(got, want) <= 0.51, "pow({x:e}, {y:e}) = {got:e}, want {want:e}");
            let (got, want) = (single::atan2(x, y), (x as f64).atan2(y as f64));
            assert!(ulps32(got, want) <= 0.51, "atan2({x:e}, {y:e}) = {got:e}, want {want:e}");
        }
    }
    // Bases near one under large exponents: where a short logarithm shows.
    for i in 0..200_000 {
        let x = 0.9 + i as f32 * 1e-6;
        for y in [-700.25, -3.0, 0.1, 2.0, 31.7, 640.0] {
            let (got, want) = (single::pow(x, y), (x as f64).powf(y as f64));
            assert!(ulps32(got, want) <= 0.51, "pow({x:e}, {y:e}) = {got:e}, want {want:e}");
        }
    }
}

#[test]
fn zeros_keep_their_sign() {
    let odd: [fn(f32) -> f32; 10] = [
        single::expm1,
        single::log1p,
        single::tanh,
        single::sin,
        single::tan,
        single::sinh,
        single::asin,
        single::atan,
        single::asinh,
        single::erf,
    ];
    for f in odd {
        assert_eq!(f(-0.0).to_bits(), (-0.0f32).to_bits());
        assert_eq!(f(0.0).to_bits(), 0.0f32.to_bits());
    }
    assert_eq!(single::rsqrt(-0.0), f32::NEG_INFINITY);
}

fn sweep64(name: &str, bound: f64, f: fn(f64) -> f64, reference: fn(f64) -> f64) {
    let (mut worst, mut at) = (0.0, 0.0);
    let everywhere = (0..=u64::MAX).step_by(8_796_093_022_337_459).map(f64::from_bits);
    let middle = (-800_000..800_000).map(|i| i as f64 * 0.001_000_7);
    for x in everywhere.chain(middle).chain([0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN]) {
        let (got, want) = (f(x), reference(x));
        let error = if got.to_bits() == want.to_bits() || (got.is_nan() && want.is_nan()) {
            0.0
        } else {
            let spacing = f64::from_bits(want.abs().to_bits() + 1) - want.abs();
            ((got - want) / spacing).abs()
        };
        if error > worst || error.is_nan() {
            (worst, at) = (error, x);
        }
    }
    println!("{name}: {worst:.3} ulp at {at:e}");
    assert!(worst <= bound, "{name}({at:e}) = {:e}, {worst} ulp off {:e}", f(at), reference(at));
}

#[test]
fn double_precision() {
    sweep64("exp", 1.0, double::exp, f64::exp);
    sweep64("log", 1.0, double::log, f64::ln);
    sweep64("tanh", 2.0, double::tanh, f64::tanh);
    sweep64("sigmoid", 2.0, double::sigmoid, |x| {
        if x >= 0.0 { 1.0 / (1.0 + (-x).exp()) } else { x.exp() / (1.0 + x.exp()) }
    });
}

fn check(name: &str, f: fn(f64) -> f64, bound: f64, rows: &[(f64, f64)]) {
    for &(x, want) in rows {
        let got = f(x);
        // Near a root of ln Γ and ψ the scale is the argument's, not the value's.
        let error = (got - want).abs() / want.abs().max(if matches!(name, "lgamma" | "digamma") { 0.1 } else { 0.0 });
        assert!(got == want || error <= bound, "{name}({x:e}) = {got:e}, want {want:e}, relative error {error:e}");
    }
}

#[test]
fn special_functions() {
    check(
        "erf",
        special::erf,
        3e-16,
        &[
            (1e-300, 1.1283791670955126e-300),
            (1e-10, 1.1283791670955126e-10),
            (0.1, 0.1124629160182849),
            (0.5, 0.5204998778130465),
            (0.89, 0.7918432468144954),
            (0.91, 0.8018828257659413),
            (1.5, 0.9661051464753108),
            (2.5, 0.999593047982555),
            (4.0, 0.9999999845827421),
            (5.9, 0.9999999999999999),
        ],
    );
    check(
        "erfc",
        special::erfc,
        2e-15,
        &[
            (-3.0, 1.9999779095030015),
            (-0.5, 1.5204998778130465),
            (1e-10, 0.999999999887162),
            (0.3, 0.6713732405408726),
            (0.5, 0.4795001221869535),
            (0.89, 0.20815675318550464),
            (0.91, 0.19811717423405875),
            (1.5, 0.033894853524689274),
            (2.5, 0.0004069520174449589),
            (5.0, 1.537459794428035e-12),
            (10.0, 2.088487583762545e-45),
            (20.0, 5.395865611607901e-176),
            (26.5, 2.2109076642637343e-307),
        ],
    );
    check(
        "erfinv",
        special::erfinv,
        1e-14,
        &[
            (1e-12, 8.86226925452758e-13),
            (0.01, 0.008862501280950598),
            (0.3, 0.2724627147267543),
            (0.49, 0.46586860023505733),
            (0.51, 0.4881220505159588),
            (0.9, 1.1630871536766743),
            (0.999, 2.3267537655135246),
            (0.9999999999, 4.572824958544925),
        ],
    );
    check(
        "lgamma",
        special::lgamma,
        1e-14,
        &[
            (1e-20, 46.051701859880914),
            (1e-05, 11.512919692895826),
            (0.3, 1.0957979948180756),
            (0.7, 0.26086724653166654),
            (0.99999, 5.772238896093089e-06),
            (1.00001, -5.7720744027504825e-06),
            (1.3, -0.10817480950786047),
            (1.7, -0.09580769740706588),
            (1.9999, -4.227520877215346e-05),
            (2.2, 0.09694746679063887),
            (3.5, 1.2009736023470743),
            (7.9, 8.32426586800881),
            (8.1, 8.72738826343204),
            (30.5, 72.9534711841694),
            (1000000.0, 12815504.569147611),
            (-0.3, 1.4648400508576025),
            (-1.5, 0.860047015376481),
            (-2.4, 0.10258361596827728),
            (-20.7, -43.105133189536225),
        ],
    );
    check(
        "digamma",
        special::digamma,
        1e-14,
        &[
            (1e-05, -100000.57719921567),
            (0.3, -3.502524222200133),
            (1.0, -0.5772156649015329),
            (1.4616321449683622, -9.241265521729427e-17),
            (2.5, 0.7031566406452432),
            (9.9, 2.2411803166063815),
            (50.0, 3.901989673427892),
            (100000000.0, 18.420680738952367),
            (-0.5, 0.03648997397857652),
            (-1.3, 2.8825405488661673),
            (-20.9, -6.60534611996264),
        ],
    );
    check(
        "trigamma",
        special::trigamma,
        1e-14,
        &[
            (1e-05, 10000000001.644909),
            (0.3, 12.245364546107732),
            (1.0, 1.6449340668482264),
            (2.5, 0.49035775610023485),
            (15.0, 0.0689382278476838),
            (1000000.0, 1.0000005000001667e-06),
            (-0.5, 8.934802200544679),
            (-1.3, 14.53687624413708),
            (-20.9, 103.30911863492001),
        ],
    );
    check(
        "i0",
        special::i0,
        1e-14,
        &[
            (0.0, 1.0),
            (0.5, 1.0634833707413236),
            (3.0, 4.8807925858650245),
            (10.0, 2815.7166284662544),
            (29.9, 708478330489.0145),
            (30.1, 862432920031.7792),
            (100.0, 1.0737517071310738e+42),
            (700.0, 1.5295933476718737e+302),
            (713.0, 6.705128263670996e+307),
        ],
    );
    for x in [-300.0, -29.9, -0.5, 0.3, 10.0, 30.1, 700.0] {
        let growth = f64::abs(x).exp();
        for (scaled, plain) in [(special::i0e(x), special::i0(x)), (special::i1e(x), special::i1(x))] {
            assert!((scaled * growth / plain - 1.0).abs() <= 1e-13, "{x}");
        }
    }
    for (n, x, want) in [
        (2, 0.7, -6.4349928741909235),
        (2, 5.5, -0.03960894752130204),
        (3, 1.0, 6.493939402266829),
        (5, 20.0, 8.48426620615823e-06),
        (2, -0.3, 67.63908119988317),
        (2, -7.6, -22.291481096904285),
        (3, -2.25, 1558.4550231887144),
    ] {
        let got = special::polygamma(n, x);
        assert!(((got - want) / want).abs() <= 1e-13, "polygamma({n}, {x}) = {got:e}, want {want:e}");
    }
}

#[test]
fn special_functions_at_the_edges() {
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    for x in [0.0, -1.0, -7.0, inf, -inf] {
        assert_eq!(special::lgamma(x), inf);
    }
    assert_eq!((special::digamma(0.0), special::digamma(-0.0), special::digamma(inf)), (-inf, inf, inf));
    assert!(special::digamma(-3.0).is_nan() && special::digamma(-inf).is_nan());
    assert_eq!((special::trigamma(0.0), special::trigamma(-2.0), special::trigamma(inf)), (inf, inf, 0.0));
    assert_eq!((special::erfinv(1.0), special::erfinv(-1.0), special::erfinv(0.0)), (inf, -inf, 0.0));
    assert!(special::erfinv(1.5).is_nan());
    assert_eq!((special::i0(inf), special::i0(-3.0)), (inf, special::i0(3.0)));
    assert_eq!((special::i0e(inf), special::i1e(-inf), special::i0e(0.0), special::i1e(0.0)), (0.0, -0.0, 1.0, 0.0));
    assert_eq!((special::erf(inf), special::erf(-inf), special::erfc(inf), special::erfc(-inf)), (1.0, -1.0, 0.0, 2.0));
    for f in [
        special::erf,
        special::erfc,
        special::erfinv,
        special::lgamma,
        special::digamma,
        special::trigamma,
        special::i0,
    ] {
        assert!(f(nan).is_nan());
    }
}

/// By hand: `cargo test --profile quick -p synapgrad-kernels vecmath_speed -- --ignored --nocapture`.
#[test]
#[ignore = "prints speeds, asserts nothing"]
fn vecmath_speed() {
    let x: Vec<f32> = (0..65536).map(|i| (i as f32 - 32768.0) * 3e-4).collect();
    let mut y = vec![0f32; x.len()];
    macro_rules! time {
        ($($f:ident)*) => {$(
            let mut best = f64::INFINITY;
            for _ in 0..30 {
                let start = std::time::Instant::now();
                crate::vecmath::dispatch_wide(#[inline(always)] || for (y, &x) in y.iter_mut().zip(&x) { *y = single::$f(x) });
                best = best.min(start.elapsed().as_secs_f64());
            }
            println!("{:>8}: {:.2} G/s  {}", stringify!($f), x.len() as f64 / best * 1e-9, y[7]);
        )*};
    }
    mod single {
        pub use super::single::*;
        #[inline(always)]
        pub fn pow_1_7(x: f32) -> f32 {
            pow(x, 1.7)
        }
    }
    time!(pow_1_7 exp exp2 tanh sigmoid rsqrt expm1 log log2 log1p sin cos tan sinh cosh asin acos atan asinh acosh atanh erf erfc);
    let x: Vec<f64> = x.iter().map(|&x| x as f64).collect();
    let mut y = vec![0f64; x.len()];
    macro_rules! time64 {
        ($($f:ident)*) => {$(
            let mut best = f64::INFINITY;
            for _ in 0..30 {
                let start = std::time::Instant::now();
                crate::vecmath::dispatch_wide(#[inline(always)] || for (y, &x) in y.iter_mut().zip(&x) { *y = double::$f(x) });
                best = best.min(start.elapsed().as_secs_f64());
            }
            println!("{:>8}: {:.2} G/s f64  {}", stringify!($f), x.len() as f64 / best * 1e-9, y[7]);
        )*};
    }
    time64!(exp log tanh sigmoid erf erfc sin);
}

#[test]
fn near_numbers_have_the_same_sine() {
    for i in 0..2_000_000u32 {
        let x = f32::from_bits(i.wrapping_mul(2_654_435_761));
        if single::is_near(x) {
            assert_eq!(single::near_sin(x).to_bits(), single::sin(x).to_bits(), "sin {x:e}");
            assert_eq!(single::near_cos(x).to_bits(), single::cos(x).to_bits(), "cos {x:e}");
        }
    }
}
