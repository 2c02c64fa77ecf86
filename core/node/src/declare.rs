//! The macro in which a node declares itself once.

/// Declares a node: its spec, and the indices of its ports and params as `inp::name`, `out::name`, `par::name`.
///
/// ```
/// use bf_node::{Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Status, node};
///
/// node! {
///     /// Makes a signal louder or softer.
///     ///
///     /// The gain glides.
///     gain: Mix,
///     inputs { input: PortSpec::signal("input", "What is made louder or softer.") },
///     outputs { out: PortSpec::signal("out", "The result.") },
///     params { amount: ParamSpec::number("amount", 1.0, 0.0, 4.0, "The factor.").smooth() },
///     with { make: make }
/// }
///
/// fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
///     Ok(bf_node::lanes!(setup, Gain))
/// }
///
/// struct Gain<L>(core::marker::PhantomData<L>);
/// impl<L: bf_dsp::Lane> Gain<L> {
///     fn new(_setup: &Setup<'_>) -> Self { Gain(core::marker::PhantomData) }
/// }
/// impl<L: bf_dsp::Lane> Processor for Gain<L> {
///     fn process(&mut self, io: &mut Io<'_>) -> Status {
///         let amount = io.smooth::<L>(par::amount);
///         for channel in 0..io.channels() {
///             let x = io.input::<L>(inp::input, channel);
///             for (i, y) in io.output::<L>(out::out, channel).iter_mut().enumerate() {
///                 *y = x[i] * amount.at(i);
///             }
///         }
///         Status::Active
///     }
///     fn reset(&mut self, _lanes: LaneMask) {}
/// }
/// assert_eq!(SPEC.summary(), "Makes a signal louder or softer.");
/// ```
///
/// The names before the colon must equal the names inside the specs; the node battery checks it. `with` holds `make`
/// and, where they differ from [`NodeSpec::DEFAULT`](crate::NodeSpec::DEFAULT), any further fields.
#[macro_export]
macro_rules! node {
    (
        $(#[doc = $doc:literal])*
        $name:ident: $category:ident,
        inputs { $($inp:ident: $inspec:expr),* $(,)? },
        outputs { $($out:ident: $outspec:expr),* $(,)? },
        params { $($par:ident: $parspec:expr),* $(,)? },
        with { $($field:ident: $value:expr),* $(,)? }
    ) => {
        $(#[doc = $doc])*
        pub static SPEC: $crate::NodeSpec = $crate::NodeSpec {
            name: $crate::node!(@name $name),
            category: $crate::Category::$category,
            help: concat!($($doc, "\n"),*),
            inputs: &[$($inspec),*],
            outputs: &[$($outspec),*],
            params: &[$($parspec),*],
            $($field: $value,)*
            ..$crate::NodeSpec::DEFAULT
        };
        $crate::node!(@index inp $($inp)*);
        $crate::node!(@index out $($out)*);
        $crate::node!(@index par $($par)*);
    };
    (@name $name:ident) => { stringify!($name) };
    (@index $module:ident $($n:ident)*) => {
        #[allow(non_upper_case_globals, non_camel_case_types, dead_code, unreachable_pub, reason = "indices carry the declared names")]
        mod $module {
            #[repr(usize)]
            enum Index { $($n,)* End }
            $(pub const $n: usize = Index::$n as usize;)*
            pub const COUNT: usize = Index::End as usize;
        }
    };
}

/// Makes a processor that is generic over its lane type for the lanes of a [`Setup`](crate::Setup):
/// `lanes!(setup, Saw)` boxes `Saw::<f32>::new(setup)`, `Saw::<f32x8>::new(setup)` or `Saw::<Wide>::new(setup)`.
#[macro_export]
macro_rules! lanes {
    ($setup:expr, $t:ident) => {
        match $setup.lanes {
            1 => Box::new($t::<f32>::new($setup)) as Box<dyn $crate::Processor>,
            8 => Box::new($t::<$crate::f32x8>::new($setup)),
            _ => Box::new($t::<$crate::Wide>::new($setup)),
        }
    };
}
