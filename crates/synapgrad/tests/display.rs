//! The text of tensors against PyTorch 2.15's, each with the expression that printed it (`f64` stands for
//! `torch.float64`, and so on).

use std::cell::Cell;

use synapgrad::display::Scalar::{self, Bool as B, Float as F, Int as I};
use synapgrad::display::{PrintOptions, format_tensor};

/// The text of a tensor whose element at position i, counted through, is `value(i)`.
fn text(shape: &[usize], value: fn(i64) -> Scalar) -> String {
    text_as(PrintOptions::default(), &[], shape, value)
}

fn text_with(suffixes: &[&str], shape: &[usize], value: fn(i64) -> Scalar) -> String {
    text_as(PrintOptions::default(), suffixes, shape, value)
}

fn text_as(options: PrintOptions, suffixes: &[&str], shape: &[usize], value: fn(i64) -> Scalar) -> String {
    let position = |index: &[usize]| index.iter().zip(shape).fold(0, |at, (&i, &size)| at * size + i);
    let get = |index: &[usize]| value(position(index) as i64);
    let suffixes: Vec<String> = suffixes.iter().map(|s| s.to_string()).collect();
    format_tensor(&get, shape, matches!(value(0), F(_)), &options, "tensor(", &suffixes)
}

/// A single number, without brackets.
#[test]
fn zero_dimensional() {
    // tensor(1.5)
    assert_eq!(text(&[], |_| F(1.5)), "tensor(1.5000)");
    // tensor(3.)
    assert_eq!(text(&[], |_| F(3.0)), "tensor(3.)");
    // tensor(3)
    assert_eq!(text(&[], |_| I(3)), "tensor(3)");
    // tensor(True)
    assert_eq!(text(&[], |_| B(true)), "tensor(True)");
    // tensor(nan)
    assert_eq!(text(&[], |_| F(f64::NAN)), "tensor(nan)");
    // tensor(-inf)
    assert_eq!(text(&[], |_| F(f64::NEG_INFINITY)), "tensor(-inf)");
    // tensor(1e-5)
    assert_eq!(text(&[], |_| F(1e-5f32 as f64)), "tensor(1.0000e-05)");
    // tensor(-0.)
    assert_eq!(text(&[], |_| F(-0.0)), "tensor(-0.)");
    // tensor(123456789.)
    assert_eq!(text(&[], |_| F(123456789f32 as f64)), "tensor(1.2346e+08)");
    // tensor(2.5, dtype=f64)
    assert_eq!(text_with(&["dtype=torch.float64"], &[], |_| F(2.5)), "tensor(2.5000, dtype=torch.float64)");
    // tensor(0.1, requires_grad=True)
    assert_eq!(text_with(&["requires_grad=True"], &[], |_| F(0.1f32 as f64)), "tensor(0.1000, requires_grad=True)");
}

/// No elements: the shape, unless it is (0,), and the dtype wherever it is not the default.
#[test]
fn empty() {
    // tensor([])
    assert_eq!(text(&[0], |_| F(0.0)), "tensor([])");
    // zeros(0, 3)
    assert_eq!(text(&[0, 3], |_| F(0.0)), "tensor([], size=(0, 3))");
    // zeros(2, 0, 3)
    assert_eq!(text(&[2, 0, 3], |_| F(0.0)), "tensor([], size=(2, 0, 3))");
    // tensor([], dtype=torch.int64)
    assert_eq!(text_with(&["dtype=torch.int64"], &[0], |_| I(0)), "tensor([], dtype=torch.int64)");
    // zeros(0, 3, dtype=f64)
    assert_eq!(
        text_with(&["dtype=torch.float64"], &[0, 3], |_| F(0.0)),
        "tensor([], size=(0, 3), dtype=torch.float64)"
    );
    // zeros(0, 3, requires_grad=True)
    assert_eq!(text_with(&["requires_grad=True"], &[0, 3], |_| F(0.0)), "tensor([], size=(0, 3), requires_grad=True)");
    // tensor([], dtype=torch.bool)
    assert_eq!(text_with(&["dtype=torch.bool"], &[0], |_| B(false)), "tensor([], dtype=torch.bool)");
}

/// Integers and booleans are padded to the widest.
#[test]
fn integers() {
    // arange(5)
    assert_eq!(text(&[5], I), "tensor([0, 1, 2, 3, 4])");
    // arange(-50, 50)
    assert_eq!(
        text(&[100], |i| I(i - 50)),
        "tensor([-50, -49, -48, -47, -46, -45, -44, -43, -42, -41, -40, -39, -38, -37,
        -36, -35, -34, -33, -32, -31, -30, -29, -28, -27, -26, -25, -24, -23,
        -22, -21, -20, -19, -18, -17, -16, -15, -14, -13, -12, -11, -10,  -9,
         -8,  -7,  -6,  -5,  -4,  -3,  -2,  -1,   0,   1,   2,   3,   4,   5,
          6,   7,   8,   9,  10,  11,  12,  13,  14,  15,  16,  17,  18,  19,
         20,  21,  22,  23,  24,  25,  26,  27,  28,  29,  30,  31,  32,  33,
         34,  35,  36,  37,  38,  39,  40,  41,  42,  43,  44,  45,  46,  47,
         48,  49])"
    );
    // tensor([True, False])
    assert_eq!(text(&[2], |i| B(i == 0)), "tensor([ True, False])");
    // tensor([[1, -200], [30, 4]])
    assert_eq!(
        text(&[2, 2], |i| I([1, -200, 30, 4][i as usize])),
        "tensor([[   1, -200],
        [  30,    4]])"
    );
    // arange(6, dtype=torch.uint8).view(2, 3)
    assert_eq!(
        text_with(&["dtype=torch.uint8"], &[2, 3], I),
        "tensor([[0, 1, 2],
        [3, 4, 5]], dtype=torch.uint8)"
    );
    // tensor([-2**63, 2**63-1])
    assert_eq!(
        text(&[2], |i| I([i64::MIN, i64::MAX][i as usize])),
        "tensor([-9223372036854775808,  9223372036854775807])"
    );
    // (arange(12) % 5 == 0).view(3, 4)
    assert_eq!(
        text(&[3, 4], |i| B(i % 5 == 0)),
        "tensor([[ True, False, False, False],
        [False,  True, False, False],
        [False, False,  True, False]])"
    );
}

/// Floats without a fraction print as `1.`; what is not finite takes no part.
#[test]
fn integral_floats() {
    // tensor([1., -20., 300.])
    assert_eq!(text(&[3], |i| F([1.0, -20.0, 300.0][i as usize])), "tensor([  1., -20., 300.])");
    // zeros(2, 3)
    assert_eq!(
        text(&[2, 3], |_| F(0.0)),
        "tensor([[0., 0., 0.],
        [0., 0., 0.]])"
    );
    // tensor([0., -0.])
    assert_eq!(text(&[2], |i| F([0.0, -0.0][i as usize])), "tensor([0., -0.])");
    // tensor([1., inf, -inf, nan])
    assert_eq!(
        text(&[4], |i| F([1.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN][i as usize])),
        "tensor([1., inf, -inf, nan])"
    );
    // tensor([0., nan, inf])
    assert_eq!(text(&[3], |i| F([0.0, f64::NAN, f64::INFINITY][i as usize])), "tensor([0., nan, inf])");
    // tensor([100000000., 100000.])
    assert_eq!(text(&[2], |i| F([1e8, 1e5][i as usize])), "tensor([100000000.,    100000.])");
    // tensor([16777216., 100000.])
    assert_eq!(text(&[2], |i| F([16777216.0, 1e5][i as usize])), "tensor([16777216.,   100000.])");
    // arange(30.)
    assert_eq!(
        text(&[30], |i| F(i as f64)),
        "tensor([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13.,
        14., 15., 16., 17., 18., 19., 20., 21., 22., 23., 24., 25., 26., 27.,
        28., 29.])"
    );
}

/// Four decimals, rounded half to even where the number is exactly half way.
#[test]
fn fixed() {
    // tensor([0.1, -2.5, 30.])
    assert_eq!(text(&[3], |i| F([0.1f32, -2.5, 30.0][i as usize] as f64)), "tensor([ 0.1000, -2.5000, 30.0000])");
    // tensor([0.00005, 0.25], dtype=f64)
    assert_eq!(
        text_with(&["dtype=torch.float64"], &[2], |i| F([0.00005, 0.25][i as usize])),
        "tensor([5.0000e-05, 2.5000e-01], dtype=torch.float64)"
    );
    // tensor([0.03125, 1.])
    assert_eq!(text(&[2], |i| F([0.03125, 1.0][i as usize])), "tensor([0.0312, 1.0000])");
    // tensor([0.5, nan, -inf])
    assert_eq!(text(&[3], |i| F([0.5, f64::NAN, f64::NEG_INFINITY][i as usize])), "tensor([0.5000,    nan,   -inf])");
    // tensor([999.5, 1.])
    assert_eq!(text(&[2], |i| F([999.5, 1.0][i as usize])), "tensor([999.5000,   1.0000])");
    // arange(20.) * 0.37
    assert_eq!(
        text(&[20], |i| F((i as f32 * 0.37) as f64)),
        "tensor([0.0000, 0.3700, 0.7400, 1.1100, 1.4800, 1.8500, 2.2200, 2.5900, 2.9600,
        3.3300, 3.7000, 4.0700, 4.4400, 4.8100, 5.1800, 5.5500, 5.9200, 6.2900,
        6.6600, 7.0300])"
    );
    // (arange(-6., 6.) / 4).view(3, 4)
    assert_eq!(
        text(&[3, 4], |i| F((i - 6) as f64 / 4.0)),
        "tensor([[-1.5000, -1.2500, -1.0000, -0.7500],
        [-0.5000, -0.2500,  0.0000,  0.2500],
        [ 0.5000,  0.7500,  1.0000,  1.2500]])"
    );
    // tensor([0.1, 1.1], dtype=f16)
    assert_eq!(
        text_with(&["dtype=torch.float16"], &[2], |i| F([0.0999755859375, 1.099609375][i as usize])),
        "tensor([0.1000, 1.0996], dtype=torch.float16)"
    );
    // tensor([0.1, 1.1], dtype=bf16)
    assert_eq!(
        text_with(&["dtype=torch.bfloat16"], &[2], |i| F([0.10009765625, 1.1015625][i as usize])),
        "tensor([0.1001, 1.1016], dtype=torch.bfloat16)"
    );
    // tensor([65504., 0.5], dtype=f16)[1:]
    assert_eq!(text_with(&["dtype=torch.float16"], &[1], |_| F(0.5)), "tensor([0.5000], dtype=torch.float16)");
}

/// The largest more than 1000 times the smallest, more than 1e8, or the smallest under 1e-4.
#[test]
fn scientific() {
    // tensor([1., 1000.5])
    assert_eq!(text(&[2], |i| F([1.0, 1000.5][i as usize])), "tensor([1.0000e+00, 1.0005e+03])");
    // tensor([1., 1000.])
    assert_eq!(text(&[2], |i| F([1.0, 1000.0][i as usize])), "tensor([   1., 1000.])");
    // tensor([0.00009, 0.0005], dtype=f64)
    assert_eq!(
        text_with(&["dtype=torch.float64"], &[2], |i| F([0.00009, 0.0005][i as usize])),
        "tensor([9.0000e-05, 5.0000e-04], dtype=torch.float64)"
    );
    // tensor([1e9, 2e9])
    assert_eq!(text(&[2], |i| F([1e9, 2e9][i as usize])), "tensor([1.0000e+09, 2.0000e+09])");
    // tensor([1e-30, 0., -1e30])
    assert_eq!(
        text(&[3], |i| F([1e-30f32, 0.0, -1e30][i as usize] as f64)),
        "tensor([ 1.0000e-30,  0.0000e+00, -1.0000e+30])"
    );
    // tensor([1e-200, 1e200, nan], dtype=f64)
    assert_eq!(
        text_with(&["dtype=torch.float64"], &[3], |i| F([1e-200, 1e200, f64::NAN][i as usize])),
        "tensor([1.0000e-200, 1.0000e+200,         nan], dtype=torch.float64)"
    );
    // tensor([65504., 0.5], dtype=f16)
    assert_eq!(
        text_with(&["dtype=torch.float16"], &[2], |i| F([65504.0, 0.5][i as usize])),
        "tensor([6.5504e+04, 5.0000e-01], dtype=torch.float16)"
    );
    // 2. ** arange(12.)
    assert_eq!(
        text(&[12], |i| F(2f64.powi(i as i32))),
        "tensor([1.0000e+00, 2.0000e+00, 4.0000e+00, 8.0000e+00, 1.6000e+01, 3.2000e+01,
        6.4000e+01, 1.2800e+02, 2.5600e+02, 5.1200e+02, 1.0240e+03, 2.0480e+03])"
    );
}

/// Rows end lines; every dimension further out adds a blank line.
#[test]
fn nested() {
    // arange(8).view(2, 2, 2)
    assert_eq!(
        text(&[2, 2, 2], I),
        "tensor([[[0, 1],
         [2, 3]],

        [[4, 5],
         [6, 7]]])"
    );
    // arange(16).view(2, 2, 2, 2)
    assert_eq!(
        text(&[2, 2, 2, 2], I),
        "tensor([[[[ 0,  1],
          [ 2,  3]],

         [[ 4,  5],
          [ 6,  7]]],


        [[[ 8,  9],
          [10, 11]],

         [[12, 13],
          [14, 15]]]])"
    );
    // arange(3).view(1, 3, 1)
    assert_eq!(
        text(&[1, 3, 1], I),
        "tensor([[[0],
         [1],
         [2]]])"
    );
    // arange(60).view(2, 30)
    assert_eq!(
        text(&[2, 30], I),
        "tensor([[ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,
         18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29],
        [30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
         48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59]])"
    );
    // ones(1, 1, 1, 1, 1)
    assert_eq!(text(&[1, 1, 1, 1, 1], |_| F(1.0)), "tensor([[[[[1.]]]]])");
}

/// More than 1000 elements: three at each end of every dimension longer than six.
#[test]
fn summarised() {
    // arange(1001)
    assert_eq!(text(&[1001], I), "tensor([   0,    1,    2,  ...,  998,  999, 1000])");
    // arange(1000).view(10, 100)[:, :5]
    assert_eq!(
        text(&[10, 5], |i| I(i / 5 * 100 + i % 5)),
        "tensor([[  0,   1,   2,   3,   4],
        [100, 101, 102, 103, 104],
        [200, 201, 202, 203, 204],
        [300, 301, 302, 303, 304],
        [400, 401, 402, 403, 404],
        [500, 501, 502, 503, 504],
        [600, 601, 602, 603, 604],
        [700, 701, 702, 703, 704],
        [800, 801, 802, 803, 804],
        [900, 901, 902, 903, 904]])"
    );
    // arange(2000).view(4, 500)
    assert_eq!(
        text(&[4, 500], I),
        "tensor([[   0,    1,    2,  ...,  497,  498,  499],
        [ 500,  501,  502,  ...,  997,  998,  999],
        [1000, 1001, 1002,  ..., 1497, 1498, 1499],
        [1500, 1501, 1502,  ..., 1997, 1998, 1999]])"
    );
    // arange(2000.).view(500, 4)
    assert_eq!(
        text(&[500, 4], |i| F(i as f64)),
        "tensor([[0.0000e+00, 1.0000e+00, 2.0000e+00, 3.0000e+00],
        [4.0000e+00, 5.0000e+00, 6.0000e+00, 7.0000e+00],
        [8.0000e+00, 9.0000e+00, 1.0000e+01, 1.1000e+01],
        ...,
        [1.9880e+03, 1.9890e+03, 1.9900e+03, 1.9910e+03],
        [1.9920e+03, 1.9930e+03, 1.9940e+03, 1.9950e+03],
        [1.9960e+03, 1.9970e+03, 1.9980e+03, 1.9990e+03]])"
    );
    // arange(1728).view(12, 12, 12)
    assert_eq!(
        text(&[12, 12, 12], I),
        "tensor([[[   0,    1,    2,  ...,    9,   10,   11],
         [  12,   13,   14,  ...,   21,   22,   23],
         [  24,   25,   26,  ...,   33,   34,   35],
         ...,
         [ 108,  109,  110,  ...,  117,  118,  119],
         [ 120,  121,  122,  ...,  129,  130,  131],
         [ 132,  133,  134,  ...,  141,  142,  143]],

        [[ 144,  145,  146,  ...,  153,  154,  155],
         [ 156,  157,  158,  ...,  165,  166,  167],
         [ 168,  169,  170,  ...,  177,  178,  179],
         ...,
         [ 252,  253,  254,  ...,  261,  262,  263],
         [ 264,  265,  266,  ...,  273,  274,  275],
         [ 276,  277,  278,  ...,  285,  286,  287]],

        [[ 288,  289,  290,  ...,  297,  298,  299],
         [ 300,  301,  302,  ...,  309,  310,  311],
         [ 312,  313,  314,  ...,  321,  322,  323],
         ...,
         [ 396,  397,  398,  ...,  405,  406,  407],
         [ 408,  409,  410,  ...,  417,  418,  419],
         [ 420,  421,  422,  ...,  429,  430,  431]],

        ...,

        [[1296, 1297, 1298,  ..., 1305, 1306, 1307],
         [1308, 1309, 1310,  ..., 1317, 1318, 1319],
         [1320, 1321, 1322,  ..., 1329, 1330, 1331],
         ...,
         [1404, 1405, 1406,  ..., 1413, 1414, 1415],
         [1416, 1417, 1418,  ..., 1425, 1426, 1427],
         [1428, 1429, 1430,  ..., 1437, 1438, 1439]],

        [[1440, 1441, 1442,  ..., 1449, 1450, 1451],
         [1452, 1453, 1454,  ..., 1461, 1462, 1463],
         [1464, 1465, 1466,  ..., 1473, 1474, 1475],
         ...,
         [1548, 1549, 1550,  ..., 1557, 1558, 1559],
         [1560, 1561, 1562,  ..., 1569, 1570, 1571],
         [1572, 1573, 1574,  ..., 1581, 1582, 1583]],

        [[1584, 1585, 1586,  ..., 1593, 1594, 1595],
         [1596, 1597, 1598,  ..., 1605, 1606, 1607],
         [1608, 1609, 1610,  ..., 1617, 1618, 1619],
         ...,
         [1692, 1693, 1694,  ..., 1701, 1702, 1703],
         [1704, 1705, 1706,  ..., 1713, 1714, 1715],
         [1716, 1717, 1718,  ..., 1725, 1726, 1727]]])"
    );
    // zeros(100000, 1000)
    assert_eq!(
        text(&[100000, 1000], |_| F(0.0)),
        "tensor([[0., 0., 0.,  ..., 0., 0., 0.],
        [0., 0., 0.,  ..., 0., 0., 0.],
        [0., 0., 0.,  ..., 0., 0., 0.],
        ...,
        [0., 0., 0.,  ..., 0., 0., 0.],
        [0., 0., 0.,  ..., 0., 0., 0.],
        [0., 0., 0.,  ..., 0., 0., 0.]])"
    );
    // (arange(1200) == 599)
    assert_eq!(text(&[1200], |i| B(i == 599)), "tensor([False, False, False,  ..., False, False, False])");
}

/// What follows the elements moves to a line of its own where it would not fit.
#[test]
fn suffixes() {
    // tensor([1., 2.], requires_grad=True)
    assert_eq!(text_with(&["requires_grad=True"], &[2], |i| F(i as f64 + 1.0)), "tensor([1., 2.], requires_grad=True)");
    // tensor([1., 2.], requires_grad=True, dtype=f64) * 1
    assert_eq!(
        text_with(&["dtype=torch.float64", "grad_fn=<MulBackward0>"], &[2], |i| F(i as f64 + 1.0)),
        "tensor([1., 2.], dtype=torch.float64, grad_fn=<MulBackward0>)"
    );
    // arange(12., requires_grad=True)
    assert_eq!(
        text_with(&["requires_grad=True"], &[12], |i| F(i as f64)),
        "tensor([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11.],
       requires_grad=True)"
    );
    // arange(13., requires_grad=True)
    assert_eq!(
        text_with(&["requires_grad=True"], &[13], |i| F(i as f64)),
        "tensor([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12.],
       requires_grad=True)"
    );
    // arange(14., dtype=f64, requires_grad=True) * 1
    assert_eq!(
        text_with(&["dtype=torch.float64", "grad_fn=<MulBackward0>"], &[14], |i| F(i as f64)),
        "tensor([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13.],
       dtype=torch.float64, grad_fn=<MulBackward0>)"
    );
    // arange(18., dtype=f64, requires_grad=True).view(2, 9) * 1
    assert_eq!(
        text_with(&["dtype=torch.float64", "grad_fn=<MulBackward0>"], &[2, 9], |i| F(i as f64)),
        "tensor([[ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.],
        [ 9., 10., 11., 12., 13., 14., 15., 16., 17.]], dtype=torch.float64,
       grad_fn=<MulBackward0>)"
    );
    // (arange(6., dtype=f64, requires_grad=True) / 8 + 1).view(1, 6)
    assert_eq!(
        text_with(&["dtype=torch.float64", "grad_fn=<ViewBackward0>"], &[1, 6], |i| F(i as f64 / 8.0 + 1.0)),
        "tensor([[1.0000, 1.1250, 1.2500, 1.3750, 1.5000, 1.6250]], dtype=torch.float64,
       grad_fn=<ViewBackward0>)"
    );
}

/// `torch.set_printoptions`
#[test]
fn options() {
    // arange(4.) / 3 under set_printoptions(precision=2)
    assert_eq!(
        text_as(PrintOptions { precision: 2, ..Default::default() }, &[], &[4], |i| F((i as f32 / 3.0) as f64)),
        "tensor([0.00, 0.33, 0.67, 1.00])"
    );
    // arange(4.) / 3 under set_printoptions(precision=0)
    assert_eq!(
        text_as(PrintOptions { precision: 0, ..Default::default() }, &[], &[4], |i| F((i as f32 / 3.0) as f64)),
        "tensor([0, 0, 1, 1])"
    );
    // arange(4.) / 3 under set_printoptions(sci_mode=True)
    assert_eq!(
        text_as(PrintOptions { sci_mode: Some(true), ..Default::default() }, &[], &[4], |i| F((i as f32 / 3.0) as f64)),
        "tensor([0.0000e+00, 3.3333e-01, 6.6667e-01, 1.0000e+00])"
    );
    // tensor([1e-10, 1.]) under set_printoptions(sci_mode=False)
    assert_eq!(
        text_as(PrintOptions { sci_mode: Some(false), ..Default::default() }, &[], &[2], |i| F([1e-10f32, 1.0]
            [i as usize]
            as f64)),
        "tensor([0.0000, 1.0000])"
    );
    // arange(4.) under set_printoptions(sci_mode=True, precision=1)
    assert_eq!(
        text_as(PrintOptions { sci_mode: Some(true), precision: 1, ..Default::default() }, &[], &[4], |i| F(i as f64)),
        "tensor([0.0e+00, 1.0e+00, 2.0e+00, 3.0e+00])"
    );
    // arange(20) under set_printoptions(threshold=5)
    assert_eq!(
        text_as(PrintOptions { threshold: 5, ..Default::default() }, &[], &[20], I),
        "tensor([ 0,  1,  2,  ..., 17, 18, 19])"
    );
    // arange(20) under set_printoptions(threshold=5, edgeitems=1)
    assert_eq!(
        text_as(PrintOptions { threshold: 5, edgeitems: 1, ..Default::default() }, &[], &[20], I),
        "tensor([ 0,  ..., 19])"
    );
    // arange(20) under set_printoptions(threshold=5, edgeitems=0)
    assert_eq!(
        text_as(PrintOptions { threshold: 5, edgeitems: 0, ..Default::default() }, &[], &[20], I),
        "tensor([...], size=(20,))"
    );
    // arange(2) under set_printoptions(edgeitems=0)
    assert_eq!(text_as(PrintOptions { edgeitems: 0, ..Default::default() }, &[], &[2], I), "tensor([0, 1], size=(2,))");
    // arange(40).view(8, 5) under set_printoptions(threshold=10, edgeitems=2)
    assert_eq!(
        text_as(PrintOptions { threshold: 10, edgeitems: 2, ..Default::default() }, &[], &[8, 5], I),
        "tensor([[ 0,  1,  ...,  3,  4],
        [ 5,  6,  ...,  8,  9],
        ...,
        [30, 31,  ..., 33, 34],
        [35, 36,  ..., 38, 39]])"
    );
    // arange(12) under set_printoptions(linewidth=20)
    assert_eq!(
        text_as(PrintOptions { linewidth: 20, ..Default::default() }, &[], &[12], I),
        "tensor([ 0,  1,  2,
         3,  4,  5,
         6,  7,  8,
         9, 10, 11])"
    );
    // arange(3) under set_printoptions(linewidth=1)
    assert_eq!(
        text_as(PrintOptions { linewidth: 1, ..Default::default() }, &[], &[3], I),
        "tensor([0,
        1,
        2])"
    );
    // ones(2, 2, requires_grad=True) under set_printoptions(linewidth=30)
    assert_eq!(
        text_as(PrintOptions { linewidth: 30, ..Default::default() }, &["requires_grad=True"], &[2, 2], |_| F(1.0)),
        "tensor([[1., 1.],
        [1., 1.]],
       requires_grad=True)"
    );
}

/// Only the elements shown are read: a tensor of 10¹² elements prints at once.
#[test]
fn reads_what_it_shows() {
    let reads = Cell::new(0);
    let get = |_: &[usize]| {
        reads.set(reads.get() + 1);
        F(0.5)
    };
    let options = PrintOptions::default();
    let got = format_tensor(&get, &[1_000_000, 1_000_000], true, &options, "tensor(", &[]);
    assert_eq!(reads.get(), 36);
    assert_eq!(got.lines().count(), 7);
    // An expanded tensor whose elements cannot be counted.
    format_tensor(&get, &[usize::MAX, 3], true, &options, "tensor(", &[]);
    assert_eq!(reads.get(), 36 + 18);
}

/// A subclass prints under its own name, which moves the lines to the right.
#[test]
fn prefix() {
    let get = |index: &[usize]| I(index[0] as i64);
    assert_eq!(
        format_tensor(&get, &[2, 1], false, &PrintOptions::default(), "Mask(", &[]),
        "Mask([[0],
      [1]])"
    );
}
