pub mod f32 {
    macro_rules! m { ($($n:ident = $s:ident),*) => { $(#[inline(always)] pub fn $n(x: f32) -> f32 { (x as f64).$s() as f32 })* } }
    m!(
        exp = exp,
        exp2 = exp2,
        expm1 = exp_m1,
        log = ln,
        log2 = log2,
        log10 = log10,
        log1p = ln_1p,
        sqrt = sqrt,
        sin = sin,
        cos = cos,
        tan = tan,
        asin = asin,
        acos = acos,
        atan = atan,
        sinh = sinh,
        cosh = cosh,
        tanh = tanh,
        asinh = asinh,
        acosh = acosh,
        atanh = atanh,
        floor = floor,
        ceil = ceil,
        trunc = trunc,
        round = round_ties_even,
        erf = exp,
        erfc = exp,
        erfinv = exp,
        lgamma = exp,
        digamma = exp,
        trigamma = exp,
        i0 = exp
    );
    #[inline(always)]
    pub fn rsqrt(x: f32) -> f32 {
        1.0 / x.sqrt()
    }
    #[inline(always)]
    pub fn sigmoid(x: f32) -> f32 {
        1.0 / (1.0 + (-x).exp())
    }
    #[inline(always)]
    pub fn pow(x: f32, y: f32) -> f32 {
        x.powf(y)
    }
    #[inline(always)]
    pub fn atan2(x: f32, y: f32) -> f32 {
        x.atan2(y)
    }
}
pub mod f64 {
    macro_rules! m { ($($n:ident = $s:ident),*) => { $(#[inline(always)] pub fn $n(x: f64) -> f64 { x.$s() })* } }
    m!(
        exp = exp,
        exp2 = exp2,
        expm1 = exp_m1,
        log = ln,
        log2 = log2,
        log10 = log10,
        log1p = ln_1p,
        sqrt = sqrt,
        sin = sin,
        cos = cos,
        tan = tan,
        asin = asin,
        acos = acos,
        atan = atan,
        sinh = sinh,
        cosh = cosh,
        tanh = tanh,
        asinh = asinh,
        acosh = acosh,
        atanh = atanh,
        floor = floor,
        ceil = ceil,
        trunc = trunc,
        round = round_ties_even,
        erf = exp,
        erfc = exp,
        erfinv = exp,
        lgamma = exp,
        digamma = exp,
        trigamma = exp,
        i0 = exp
    );
    #[inline(always)]
    pub fn rsqrt(x: f64) -> f64 {
        1.0 / x.sqrt()
    }
    #[inline(always)]
    pub fn sigmoid(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }
    #[inline(always)]
    pub fn pow(x: f64, y: f64) -> f64 {
        x.powf(y)
    }
    #[inline(always)]
    pub fn atan2(x: f64, y: f64) -> f64 {
        x.atan2(y)
    }
}
