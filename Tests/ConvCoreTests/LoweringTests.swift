import ConvCore
import DirectConv
import Testing

@Test func nothing() {}
