//! Every draw against literal numbers of PyTorch 2.15, with the expression that made them. `G(seed)` in those stands for
//! `torch.Generator().manual_seed(seed)`.

use half::{bf16, f16};

use super::*;

/// `n` numbers of the stream of `seed`, drawn by `draw`.
fn drawn<T: Number>(seed: u64, n: usize, draw: impl FnOnce(&mut Generator, &mut [T])) -> Vec<T> {
    let mut out = vec![T::from_i64(0); n];
    draw(&mut Generator::new(seed), &mut out);
    out
}

/// The places the tables below give.
fn spots<T: Copy>(x: &[T]) -> [T; 3] {
    [x[0], x[x.len() / 2], x[x.len() - 1]]
}

/// Equal within `tolerance`, relative to each number.
fn assert_close<T: Real>(got: &[T], want: &[T], tolerance: f64) {
    assert_eq!(got.len(), want.len());
    for (&got, &want) in got.iter().zip(want) {
        let (got, want): (f64, f64) = (got.into(), want.into());
        assert!((got - want).abs() <= tolerance * want.abs(), "got {got}, want {want}");
    }
}

fn halves<T: Real>(values: &[f64]) -> Vec<T> {
    values.iter().map(|&x| T::from_f64(x)).collect()
}

#[test]
fn uniform() {
    for (seed, n, want) in UNIFORM_F32 {
        assert_eq!(spots(&drawn::<f32>(seed, n, |g, x| g.uniform(x, -0.37, 1.93))), want, "seed {seed}, {n} numbers");
    }
    for (seed, n, want) in UNIFORM_F64 {
        assert_eq!(spots(&drawn::<f64>(seed, n, |g, x| g.uniform(x, -0.37, 1.93))), want, "seed {seed}, {n} numbers");
    }
}

/// `torch.empty(5, dtype=dtype).uniform_(0.1, 0.7, generator=G(1))`, `torch.rand(4000, dtype=dtype, generator=G(5))`
#[test]
fn uniform_halves() {
    let want = [0.5546875, 0.26757812, 0.34179688, 0.5410156, 0.11755371];
    assert_eq!(drawn::<f16>(1, 5, |g, x| g.uniform(x, 0.1, 0.7)), halves(&want));
    let want = [0.5546875, 0.26757812, 0.34179688, 0.5390625, 0.11767578];
    assert_eq!(drawn::<bf16>(1, 5, |g, x| g.uniform(x, 0.1, 0.7)), halves(&want));
    // The number in the middle rounds up to 1, which the interval excludes.
    assert_eq!(drawn::<f16>(5, 4000, |g, x| g.uniform(x, 0.0, 1.0))[1290..1293], halves(&[0.4729004, 0.0, 0.1451416]));
    assert_eq!(
        drawn::<bf16>(5, 4000, |g, x| g.uniform(x, 0.0, 1.0))[1290..1293],
        halves(&[0.47265625, 0.0, 0.14550781])
    );
}

#[test]
fn normal() {
    for (seed, n, want) in NORMAL_F32 {
        assert_close(&spots(&drawn::<f32>(seed, n, |g, x| g.normal(x, 0.0, 1.0))), &want, 1e-6);
    }
    for (seed, n, want) in NORMAL_F64 {
        assert_close(&spots(&drawn::<f64>(seed, n, |g, x| g.normal(x, 0.0, 1.0))), &want, 1e-14);
    }
}

/// `torch.empty(n, dtype=dtype).normal_(0.5, 0.7, generator=G(1))` with n = 17 and 4.
#[test]
fn normal_halves() {
    #[rustfmt::skip]
    let want = [
        -0.5678711, 0.012123108, -0.3125, 0.9897461, 0.63916016, 1.1064453, 0.67089844, 0.035949707, 1.0654297,
        1.2714844, 0.37695312, -1.0722656, -0.5126953, 0.54296875, 0.06756592, -0.058654785, 0.40795898,
    ];
    assert_eq!(drawn::<f16>(1, 17, |g, x| g.normal(x, 0.5, 0.7)), halves(&want));
    #[rustfmt::skip]
    let want = [
        -0.56640625, 0.012145996, -0.3125, 0.98828125, 0.640625, 1.109375, 0.671875, 0.035888672, 1.0625,
        1.2734375, 0.37695312, -1.0703125, -0.51171875, 0.54296875, 0.06738281, -0.05859375, 0.40820312,
    ];
    assert_eq!(drawn::<bf16>(1, 17, |g, x| g.normal(x, 0.5, 0.7)), halves(&want));
    assert_eq!(
        drawn::<f16>(1, 4, |g, x| g.normal(x, 0.5, 0.7)),
        halves(&[0.9628906, 0.6870117, 0.54296875, 0.9350586])
    );
}

/// `torch.empty(40)[::2].normal_(generator=G(0))`: not contiguous, so one by one.
#[test]
fn normal_each() {
    let x = drawn::<f32>(0, 20, |g, x| g.normal_each(x, 0.0, 1.0));
    assert_close(&[x[0], x[1], x[18], x[19]], &[1.5409961, -0.2934289, -0.8919953, -1.5091077], 1e-6);
}

/// `torch.empty(3, dtype=dtype).random_(generator=G(7))`
#[test]
fn random() {
    fn three<T: Number>() -> Vec<T> {
        drawn(7, 3, |g, x| g.random(x))
    }
    assert_eq!(three::<i64>(), [1407639518939636932, 5163590386780219894, 8087222774582268115]);
    assert_eq!(three::<i32>(), [327741615, 976413892, 1202242073]);
    assert_eq!(three::<i16>(), [28847, 25796, 16921]);
    assert_eq!(three::<i8>(), [47, 68, 25]);
    assert_eq!(three::<u8>(), [175, 196, 25]);
    assert_eq!(three::<bool>(), [true, false, true]);
    assert_eq!(three::<f64>(), [2516435200042024.0, 2465213813629881.0, 7765043079597394.0]);
    assert_eq!(three::<f32>(), [8974492.0, 3335306.0, 11059538.0]);
    assert_eq!(three::<f16>(), halves(&[2016.0, 1873.0, 31.0]));
    assert_eq!(three::<bf16>(), halves(&[52.0, 217.0, 57.0]));
}

/// `torch.empty(3, dtype=torch.int64).random_(low, high, generator=G(7))`
#[test]
fn integers() {
    let three = |low, high| drawn::<i64>(7, 3, |g, x| g.integers(x, low, high));
    assert_eq!(three(-5, 7), [-2, -1, -4]);
    assert_eq!(three(0, (1 << 28) - 1), [59306160, 171107527, 128500261]);
    assert_eq!(three(0, 1 << 28), [171107524, 27798006, 174903507]);
    assert_eq!(three(-(1 << 40), 1 << 50), [16145758479556, 813747348711926, 1000847545520339]);
    // high=None
    assert_eq!(three(5, i64::MIN), [1407639518939636937, 5163590386780219904, 8087222774582268120]);
    assert_eq!(three(i64::MIN, i64::MIN), [1407639518939636932, -4059781650074555914, 8087222774582268115]);
    assert_eq!(drawn::<u8>(7, 3, |g, x| g.integers(x, 200, 256)), [247, 220, 241]);
}

/// `torch.randperm(n, generator=G(3))`
#[test]
fn permutation() {
    assert_eq!(drawn::<i64>(3, 10, |g, x| g.permutation(x)), [6, 0, 3, 7, 8, 5, 1, 9, 2, 4]);
    let mut order = drawn::<i64>(3, 1000, |g, x| g.permutation(x));
    assert_eq!(spots(&order), [986, 742, 341]);
    order.sort_unstable();
    assert!(order.iter().copied().eq(0..1000));
    assert!(drawn::<i64>(3, 0, |g, x| g.permutation(x)).is_empty());
}

#[test]
fn bernoulli() {
    // torch.empty(20).bernoulli_(0.3, generator=G(3))
    let want = [1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1];
    assert_eq!(drawn::<u8>(3, 20, |g, x| g.bernoulli(x, 0.3)), want);
    assert_eq!(drawn::<u8>(3, 1000, |g, x| g.bernoulli(x, 1.0)), [1; 1000]);
    assert_eq!(drawn::<u8>(3, 1000, |g, x| g.bernoulli(x, 0.0)), [0; 1000]);
    // torch.bernoulli(torch.tensor([0., .2, .4, .5, .6, .8, 1.], dtype=dtype), generator=G(3))
    let p = [0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0];
    let tossed = drawn::<u8>(3, 7, |g, x| g.bernoulli_each(x, &p.map(|p| p as f32)).unwrap());
    assert_eq!(tossed, [0, 1, 1, 1, 1, 1, 1]);
    assert_eq!(drawn::<u8>(3, 7, |g, x| g.bernoulli_each(x, &p).unwrap()), [0, 0, 0, 1, 0, 1, 1]);
}

/// `torch.empty(n, dtype=dtype).exponential_(1.7, generator=G(3))` and so on.
#[test]
fn one_by_one() {
    let exponential = [0.02041379695383377, 0.1987703450139236, 0.8720180218196981];
    assert_close(&drawn::<f64>(3, 3, |g, x| g.exponential(x, 1.7)), &exponential, 1e-14);
    assert_close(&drawn::<f32>(3, 3, |g, x| g.exponential(x, 1.7)), &exponential.map(|x| x as f32), 1e-7);
    assert_eq!(drawn::<f16>(3, 3, |g, x| g.exponential(x, 1.7)), halves(&[0.02041626, 0.19873047, 0.8720703]));
    assert_eq!(drawn::<i64>(3, 5, |g, x| g.geometric(x, 0.3)), [10, 4, 1, 5, 1]);
    assert_eq!(drawn::<f32>(3, 5, |g, x| g.geometric(x, 0.3)), [10.0, 4.0, 1.0, 5.0, 1.0]);
    let cauchy = [-13.444918635521475, -0.6883210486481686, 2.2331559374631613];
    assert_close(&drawn::<f64>(3, 3, |g, x| g.cauchy(x, 0.5, 1.5)), &cauchy, 1e-13);
    let log_normal = [2.892997768553144, 1.863363849013971, 1.7546767756168302];
    assert_close(&drawn::<f64>(3, 3, |g, x| g.log_normal(x, 0.5, 0.7)), &log_normal, 1e-14);
}

/// `torch.poisson(torch.tensor(rates, dtype=torch.float64), generator=G(3))`
#[test]
fn poisson() {
    let rates = [0.0, 0.3, 3.0, 9.9, 10.0, 30.0, 100.0, 1000.0, 1e6];
    let counts = drawn::<f64>(3, 9, |g, x| g.poisson(x, &rates).unwrap());
    assert_eq!(counts, [0.0, 0.0, 2.0, 11.0, 5.0, 42.0, 105.0, 928.0, 999834.0]);
}

/// `torch.multinomial(torch.tensor([[.1, .2, .3, .4], [5, 0, 5, 1]]), samples, replacement, generator=G(3))`
#[test]
fn multinomial() {
    let weights = [0.1, 0.2, 0.3, 0.4, 5.0, 0.0, 5.0, 1.0];
    fn sampled<T: Real>(weights: &[T], samples: usize, replacement: bool) -> Vec<i64> {
        drawn(3, 2 * samples, |g, x| g.multinomial(x, weights, 4, samples, replacement).unwrap())
    }
    let single = weights.map(|w| w as f32);
    assert_eq!(sampled(&single, 1, true), [0, 2]);
    assert_eq!(sampled(&single, 1, false), [0, 2]);
    assert_eq!(sampled(&single, 3, false), [0, 3, 1, 2, 0, 3]);
    assert_eq!(sampled(&single, 6, true), [0, 1, 3, 1, 3, 3, 0, 0, 0, 2, 0, 2]);
    assert_eq!(sampled(&weights.map(bf16::from_f64), 6, true), [0, 1, 3, 1, 3, 3, 0, 0, 0, 2, 0, 2]);
    assert_eq!(sampled(&weights, 3, false), [0, 3, 1, 2, 0, 3]);
}

/// A refused draw says what was wrong, and leaves the stream where it was.
#[test]
fn refusals() {
    let mut g = Generator::new(1);
    let before = g.get_state();
    let mut refused = |outcome: fn(&mut Generator) -> Result<(), String>, message: &str| {
        assert_eq!(outcome(&mut g).unwrap_err(), message);
        assert!(g.get_state() == before);
    };
    refused(|g| g.bernoulli_each(&mut [0], &[1.5f32]), "bernoulli: expected probabilities in [0, 1], but got 1.5");
    refused(|g| g.bernoulli_each(&mut [0], &[f64::NAN]), "bernoulli: expected probabilities in [0, 1], but got NaN");
    refused(|g| g.poisson(&mut [0.0], &[-1.0f32]), "poisson: expected rates that are not negative, but got -1");
    let weights_wrong = "multinomial: expected weights that are finite and not negative, but got ";
    refused(|g| g.multinomial(&mut [0], &[1.0, -1.0], 2, 1, true), &format!("{weights_wrong}-1"));
    refused(|g| g.multinomial(&mut [0], &[1.0, f32::INFINITY], 2, 1, true), &format!("{weights_wrong}inf"));
    refused(
        |g| g.multinomial(&mut [0; 3], &[1.0f32, 1.0], 2, 3, false),
        "multinomial: cannot take 3 samples without replacement from 2 categories",
    );
    refused(
        |g| g.multinomial(&mut [0], &[0.0, 0.0], 2, 1, false),
        "multinomial: expected weights with a positive sum in every row, but got a row of zeros",
    );
    refused(|g| g.multinomial(&mut [], &[0.0f64; 0], 0, 1, true), "multinomial: 0 weights do not make rows of 0");
    refused(|g| g.set_state(&[0; 10]), "set_state: expected a generator state of 5056 bytes, but got 10 bytes");
    refused(
        |g| g.set_state(&[0; 5056]),
        "set_state: invalid MT19937 state: 0 words of the block used and 0 left do not fit a block of 624",
    );
}

/// FNV-1a: enough to compare 5056 bytes with PyTorch's.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3))
}

/// The bytes of `G(42).get_state()`, also after `torch.rand(3)`, `torch.randn(3)`, which leaves a cached number, and at the
/// end of a block.
#[test]
fn state_bytes() {
    let mut g = Generator::new(42);
    assert_eq!(hash(&g.get_state()), 0x54d3_54ba_bfe0_cdde);
    g.uniform(&mut [0f32; 3], 0.0, 1.0);
    g.normal(&mut [0f32; 3], 0.0, 1.0);
    let state = g.get_state();
    assert_eq!(hash(&state), 0x294b_f339_5a62_f2d2);

    let mut other = Generator::default();
    assert_eq!(other.initial_seed(), 67280421310721);
    other.set_state(&state).unwrap();
    assert_eq!(other.initial_seed(), 42);
    let mut next = [0f64; 2];
    other.normal(&mut next, 0.0, 1.0);
    assert_close(&next, &[0.29893549051188345, -0.010696421806068576], 1e-14);

    g.manual_seed(42);
    for (words, want) in [(624, 0x5067_c9f6_adef_8907), (1, 0x4ab0_f68e_263d_67b6)] {
        g.random(&mut vec![0i32; words]);
        assert_eq!(hash(&g.get_state()), want);
        other.set_state(&g.get_state()).unwrap();
        assert_eq!(other.clone().next_u64(), g.clone().next_u64());
    }
}

#[test]
fn seed_is_new_every_time() {
    let mut g = Generator::default();
    let (a, b) = (g.seed(), g.seed());
    assert_ne!(a, b);
    assert_eq!(g.initial_seed(), b);
    assert_eq!(g.next_u32(), Generator::new(b).next_u32());
}

/// `torch.empty(n).uniform_(-0.37, 1.93, generator=G(seed))`: first, middle (n/2) and last.
#[rustfmt::skip]
const UNIFORM_F32: [(u64, usize, [f32; 3]); 21] = [
    (0, 1, [0.77139014, 0.77139014, 0.77139014]),
    (0, 5, [0.77139014, -0.16650191, 0.33707246]),
    (0, 15, [0.77139014, 1.6918229, 0.30594343]),
    (0, 16, [0.77139014, 0.6779443, 0.82260007]),
    (0, 17, [0.77139014, 0.6779443, 1.2346355]),
    (0, 40, [0.77139014, 1.1976997, 1.3373734]),
    (0, 1000, [0.77139014, -0.2852216, 0.5588859]),
    (42, 1, [1.6592193, 1.6592193, 1.6592193]),
    (42, 5, [1.6592193, 0.5105866, 0.5280309]),
    (42, 15, [1.6592193, 1.455375, 1.3345163]),
    (42, 16, [1.6592193, 1.7937744, 0.6176303]),
    (42, 17, [1.6592193, 1.7937744, 1.6665187]),
    (42, 40, [1.6592193, 0.25015286, 0.41732082]),
    (42, 1000, [1.6592193, 0.5015104, -0.3017889]),
    (9223372036854788153, 1, [1.8879517, 1.8879517, 1.8879517]),
    (9223372036854788153, 5, [1.8879517, 1.9119298, -0.17860332]),
    (9223372036854788153, 15, [1.8879517, 0.9355943, 0.120674275]),
    (9223372036854788153, 16, [1.8879517, 0.40649545, 0.7270257]),
    (9223372036854788153, 17, [1.8879517, 0.40649545, 1.2862277]),
    (9223372036854788153, 40, [1.8879517, 0.58447796, 1.7573088]),
    (9223372036854788153, 1000, [1.8879517, 1.1267084, 1.4774511]),
];

/// The same with `dtype=torch.float64`: first, middle (n/2) and last.
#[rustfmt::skip]
const UNIFORM_F64: [(u64, usize, [f64; 3]); 21] = [
    (0, 1, [1.861121904155072, 1.861121904155072, 1.861121904155072]),
    (0, 5, [1.861121904155072, 0.6865807691931369, 1.113555476282359]),
    (0, 15, [1.861121904155072, 0.43754753610603525, 0.7382513217979295]),
    (0, 16, [1.861121904155072, 0.9670841155574212, 0.6438411478020267]),
    (0, 17, [1.861121904155072, 0.9670841155574212, 0.5667476210382155]),
    (0, 40, [1.861121904155072, 0.11384289231228446, 0.476331469957817]),
    (0, 1000, [1.861121904155072, 1.1478409284970512, 1.435646498345687]),
    (42, 1, [-0.2362446822887117, -0.2362446822887117, -0.2362446822887117]),
    (42, 5, [-0.2362446822887117, -0.08575203261885925, 0.8401953627659522]),
    (42, 15, [-0.2362446822887117, 1.766130937352088, 0.4983257971222866]),
    (42, 16, [-0.2362446822887117, -0.177850251868404, 1.0386041546857199]),
    (42, 17, [-0.2362446822887117, -0.177850251868404, -0.16734749469648671]),
    (42, 40, [-0.2362446822887117, -0.1981097795103795, 0.6242986352472808]),
    (42, 1000, [-0.2362446822887117, 1.550959651149127, 0.5955993456800176]),
    (9223372036854788153, 1, [1.5936155354289245, 1.5936155354289245, 1.5936155354289245]),
    (9223372036854788153, 5, [1.5936155354289245, 1.1611735589250762, 1.2419643801590001]),
    (9223372036854788153, 15, [1.5936155354289245, 1.2553953097332746, 1.3439524730510846]),
    (9223372036854788153, 16, [1.5936155354289245, 1.3798225975125824, 0.38922753444525804]),
    (9223372036854788153, 17, [1.5936155354289245, 1.3798225975125824, 0.771041845430023]),
    (9223372036854788153, 40, [1.5936155354289245, 1.4457823344898906, 0.7550364476734007]),
    (9223372036854788153, 1000, [1.5936155354289245, 0.10926423694645017, -0.31607972759841163]),
];

/// `torch.randn(n, generator=G(seed))`: first, middle (n/2) and last.
#[rustfmt::skip]
const NORMAL_F32: [(u64, usize, [f32; 3]); 21] = [
    (0, 1, [1.5409961, 1.5409961, 1.5409961]),
    (0, 5, [1.5409961, -2.1787894, -1.0845224]),
    (0, 15, [1.5409961, 0.83802634, -1.0711874]),
    (0, 16, [-1.1258398, 0.32227492, -0.24727815]),
    (0, 17, [-1.1258398, 0.4680964, 0.9318266]),
    (0, 40, [-1.1258398, 0.59883946, 1.7066433]),
    (0, 1000, [-1.1258398, -0.16421619, -0.5861721]),
    (42, 1, [0.33669037, 0.33669037, 0.33669037]),
    (42, 5, [0.33669037, 0.23446237, -1.1228564]),
    (42, 15, [0.33669037, -0.63799703, -0.9889599]),
    (42, 16, [1.9269153, -0.7521353, 0.7624454]),
    (42, 17, [1.9269153, 0.3558599, -0.30972677]),
    (42, 40, [1.9269153, -0.75813115, -1.2862155]),
    (42, 1000, [1.9269153, -0.75258744, -0.8534544]),
    (9223372036854788153, 1, [1.4271305, 1.4271305, 1.4271305]),
    (9223372036854788153, 5, [1.4271305, -1.1962104, -0.45599058]),
    (9223372036854788153, 15, [1.4271305, 1.3921993, -0.027010668]),
    (9223372036854788153, 16, [-1.4798077, 2.4111958, 0.18675473]),
    (9223372036854788153, 17, [-1.4798077, -0.2145224, 0.52241766]),
    (9223372036854788153, 40, [-1.4798077, -1.014831, -2.0421097]),
    (9223372036854788153, 1000, [-1.4798077, -0.082284115, -0.37437487]),
];

/// The same with `dtype=torch.float64`: first, middle (n/2) and last.
#[rustfmt::skip]
const NORMAL_F64: [(u64, usize, [f64; 3]); 21] = [
    (0, 1, [1.5409961082440433, 1.5409961082440433, 1.5409961082440433]),
    (0, 5, [1.5409961082440433, -2.1787893820745574, -1.084522342424021]),
    (0, 15, [1.5409961082440433, 0.8380263329976598, -1.0711873631091473]),
    (0, 16, [-2.310411800234176, -1.2956271403277857, 0.3380174030507378]),
    (0, 17, [-2.310411800234176, 0.23871805816817063, 0.6748575435940039]),
    (0, 40, [-2.310411800234176, -0.019964750907762653, 0.22092437177232177]),
    (0, 1000, [-2.310411800234176, -1.4223404280349898, -0.12738069868346158]),
    (42, 1, [0.33669035438385886, 0.33669035438385886, 0.33669035438385886]),
    (42, 5, [0.33669035438385886, 0.23446236336153173, -1.1228563767381703]),
    (42, 15, [0.33669035438385886, -0.6379970567672183, -0.9889598811465726]),
    (42, 16, [0.2995562877502637, 0.17347640142361004, -1.4920727283504345]),
    (42, 17, [0.2995562877502637, 0.038435238263354446, 0.2494118796915765]),
    (42, 40, [0.2995562877502637, -0.03720300727052493, -0.004495386168535826]),
    (42, 1000, [0.2995562877502637, 0.6965634921004461, -0.31288123226120956]),
    (9223372036854788153, 1, [1.4271304361207144, 1.4271304361207144, 1.4271304361207144]),
    (9223372036854788153, 5, [1.4271304361207144, -1.1962103952911345, -0.455990571793294]),
    (9223372036854788153, 15, [1.4271304361207144, 1.3921992417283113, -0.027010667635747294]),
    (9223372036854788153, 16, [0.13286308651815784, -1.9563145741025434, 1.372028158686479]),
    (9223372036854788153, 17, [0.13286308651815784, 0.44606274637484694, -0.8925855315474157]),
    (9223372036854788153, 40, [0.13286308651815784, -1.3981885847051063, -0.8179064403917033]),
    (9223372036854788153, 1000, [0.13286308651815784, -0.39129278521128663, 0.9692778591836169]),
];
